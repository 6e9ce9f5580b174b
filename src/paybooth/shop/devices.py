"""Devices by what they are: the configuration names them by it (`printer:…`) and this proves it."""

from __future__ import annotations

from paybooth.ports import Board, Device, Printer, Scanner, TagReader


def as_scanner(device: Device) -> Scanner:
    assert isinstance(device, Scanner), "not a scanner"
    return device


def as_printer(device: Device) -> Printer:
    assert isinstance(device, Printer), "not a printer"
    return device


def as_reader(device: Device) -> TagReader:
    assert isinstance(device, TagReader), "not a tag reader"
    return device


def as_board(device: Device) -> Board:
    assert isinstance(device, Board), "not a relay board"
    return device
