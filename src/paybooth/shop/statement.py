"""A day on paper: the end-of-day report and the match, as lines for a terminal, as CSV, and as one A4 page."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from paybooth import sheet
from paybooth.domain.day import ChannelDay, DayReport
from paybooth.domain.document import display_width
from paybooth.domain.facts import DayMatched, Difference
from paybooth.domain.money import ZERO, Fen, yuan
from paybooth.domain.payment import Channel

from .settings import ShopSettings
from .words import Words

Say = Callable[..., str]


@dataclass(frozen=True, slots=True)
class Statement:
    """Everything of one day. `matches` lacks the channels that were not matched; `why` says why."""

    shop: ShopSettings
    report: DayReport
    channels: tuple[Channel, ...]
    matches: Mapping[Channel, DayMatched]
    why: Mapping[Channel, tuple[str, str]]
    """(result, sentence) of the last try."""
    over: bool = True
    """False while the day still runs: its figures are not final."""

    @property
    def differences(self) -> int:
        return sum(len(each.differences) + each.more for each in self.matches.values())

    @property
    def is_clean(self) -> bool:
        """Every channel was matched, nothing differs, and the report adds up."""
        return set(self.matches) == set(self.channels) and not self.differences and self.report.adds_up

    def listed(self) -> list[tuple[Channel, Difference]]:
        """Every difference the journal lists, with its channel."""
        return [(channel, each) for channel, match in self.matches.items() for each in match.differences]

    def wallet(self, channel: Channel) -> ChannelDay:
        return self.report.channels.get(channel, ChannelDay())


def _words(language: str) -> Say:
    return Words("money").in_language(language)


def verdict(statement: Statement, say: Say) -> tuple[str, str]:
    """One line that says how the day is, and one more."""
    if not statement.report.adds_up:
        return say("day-broken"), say("day-broken-hint")
    if statement.differences:
        return say("day-differs", count=statement.differences), say("day-differs-hint")
    if statement.why:
        return say("day-unmatched"), "; ".join(detail for _, detail in statement.why.values())
    rows = sum(each.matched for each in statement.matches.values())
    return say("day-clean"), say("day-clean-hint", rows=rows)


# ---------------------------------------------------------------- lines


def lines(statement: Statement, language: str = "en") -> list[str]:
    """For a terminal."""
    say, report = _words(language), statement.report
    out = [f"{statement.shop.name_zh} {statement.shop.name_en}  {report.day}", *verdict(statement, say), ""]
    if not statement.over:
        out.insert(1, say("day-running"))
    head, rows = _channel_table(statement, say)
    out += _columns([head, *rows])
    out += ["", say("day-differences")]
    found = statement.listed()
    if found:
        out += _columns([_difference_head(say), *(_difference_row(c, d, say) for c, d in found)])
    else:
        out.append(f"  {say('day-none')}")
    more = sum(each.more for each in statement.matches.values())
    return [*out, *([f"  {say('day-more', count=more)}"] if more else [])]


def _columns(rows: list[tuple[str, ...]]) -> list[str]:
    widths = [max(display_width(row[n]) for row in rows) for n in range(len(rows[0]))]
    return [
        "  " + "  ".join(cell + " " * (width - display_width(cell)) for cell, width in zip(row, widths, strict=True))
        for row in rows
    ]


def _channel_table(statement: Statement, say: Say) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    head = tuple(
        say(f"day-{name}")
        for name in ("channel", "sales", "paid", "refunded", "net", "billed", "bill-refunds", "fee", "differ")
    )
    rows: list[tuple[str, ...]] = []
    for channel in statement.channels:
        wallet, match = statement.wallet(channel), statement.matches.get(channel)
        bill = (
            (yuan(match.payments_fen), yuan(match.refunds_fen), _fee(match.fee_mfen), str(_count(match)))
            if match
            else ("—", "—", "—", "?")
        )
        figures = (str(wallet.sales), yuan(wallet.paid), yuan(wallet.refunded), yuan(wallet.net))
        rows.append((say(f"day-{channel}"), *figures, *bill))
    return head, rows


def _count(match: DayMatched) -> int:
    return len(match.differences) + match.more


def _fee(mfen: int) -> str:
    return yuan(Fen(round(mfen / 1000)))


def _difference_head(say: Say) -> tuple[str, ...]:
    return tuple(say(f"day-{name}") for name in ("channel", "what", "order", "ours", "theirs", "detail"))


def _difference_row(channel: Channel, found: Difference, say: Say) -> tuple[str, ...]:
    what = say(f"differ-{found.kind.replace('_', '-')}")
    return (
        say(f"day-{channel}"),
        what,
        found.refund or found.number,
        _amount(found.ours),
        _amount(found.theirs),
        found.detail,
    )


def _amount(amount: Fen | None) -> str:
    return "—" if amount is None else yuan(amount)


# ---------------------------------------------------------------- CSV


def as_csv(statement: Statement) -> str:
    """Figures first, then every listed difference; names in English, for machines. UTF-8, CRLF (RFC 4180)."""
    out = io.StringIO(newline="")
    pen = csv.writer(out)
    pen.writerow(["section", "channel", "name", "order", "refund", "sale", "ours", "theirs", "detail"])
    report = statement.report
    for channel in statement.channels:
        wallet, match = statement.wallet(channel), statement.matches.get(channel)
        billed = yuan(match.payments_fen) if match else ""
        bill_refunds = yuan(match.refunds_fen) if match else ""
        pen.writerow(["takings", channel, f"{wallet.sales} sales", "", "", "", yuan(wallet.paid), billed, ""])
        refunds = [f"{wallet.refunds} refunds", "", "", "", yuan(wallet.refunded), bill_refunds, ""]
        pen.writerow(["refunds", channel, *refunds])
        late = [f"{wallet.late} late payments returned", "", "", "", yuan(wallet.late_returned), "", ""]
        pen.writerow(["returned", channel, *late])
    for rule, amount in sorted(report.discounts.items()):
        pen.writerow(["discount", "", cell(rule), "", "", "", yuan(amount), "", ""])
    for rate in sorted(report.taxed):
        gross = yuan(report.taxed[rate])
        pen.writerow(["tax", "", f"{rate / 10:g}%", "", "", "", yuan(report.tax(rate)), "", f"of {gross}"])
    for channel, match in statement.matches.items():
        for each in match.differences:
            ours, theirs = (_plain(each.ours), _plain(each.theirs))
            told = [cell(x) for x in (each.number, each.refund, each.sale)]
            pen.writerow(["difference", channel, each.kind, *told, ours, theirs, cell(each.detail)])
    return out.getvalue()


def _plain(amount: Fen | None) -> str:
    return "" if amount is None else yuan(amount)


def cell(text: str) -> str:
    """A text no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


# ---------------------------------------------------------------- the page


def as_pdf(statement: Statement, language: str) -> bytes:
    """One A4 page."""
    say, report, shop = _words(language), statement.report, statement.shop
    text, detail = verdict(statement, say)
    tone: sheet.Tone = "ok" if statement.is_clean else "bad" if statement.differences or not report.adds_up else "warn"
    if not statement.over:
        detail = f"{say('day-running')} {detail}"
    return sheet.pdf(
        shop.name_zh if language == "zh-CN" else shop.name_en,
        f"{say('day-title')}  {report.day}",
        (
            sheet.Banner(text, detail, tone),
            sheet.Figures(
                (
                    (say("day-net"), f"¥{yuan(Fen(report.paid - report.refunded))}"),
                    (say("day-sales"), str(report.sales)),
                    (say("day-off"), f"¥{yuan(Fen(-report.off - report.member_off))}"),
                    (say("day-refunded"), f"¥{yuan(report.refunded)}"),
                )
            ),
            _page_channels(statement, say),
            _page_bars(report, say),
            _page_offs(report, say),
            _page_differences(statement, say),
            sheet.Small(_small(statement, say)),
        ),
    )


def _page_channels(statement: Statement, say: Say) -> sheet.Table:
    head, rows = _channel_table(statement, say)
    sums = [
        say("day-sum"),
        str(statement.report.sales),
        yuan(statement.report.paid),
        yuan(statement.report.refunded),
        yuan(Fen(statement.report.paid - statement.report.refunded)),
        yuan(Fen(sum((m.payments_fen for m in statement.matches.values()), ZERO))),
        yuan(Fen(sum((m.refunds_fen for m in statement.matches.values()), ZERO))),
        _fee(sum(m.fee_mfen for m in statement.matches.values())),
        str(statement.differences),
    ]
    widths = (20, 9, 15, 13, 15, 15, 13, 12, 10)
    return sheet.Table(say("day-channels"), head, (*rows, tuple(sums)), widths, total=True)


def _page_bars(report: DayReport, say: Say) -> sheet.Bars:
    values = tuple(report.hours[hour] for hour in range(24))
    tallest = f"¥{yuan(Fen(max(values)))}"
    return sheet.Bars(say("day-hours"), values, tuple(str(hour) for hour in range(24)), tallest)


def _page_offs(report: DayReport, say: Say) -> sheet.Table:
    """Discounts and taxes together: what stands between shelf prices and the takings, and what of them is tax."""
    rows: list[tuple[str, ...]] = [(say("day-listed"), yuan(report.listed), "")]
    if report.member_off:
        rows.append((say("day-member"), yuan(report.member_off), ""))
    rows += [(rule, yuan(amount), "") for rule, amount in sorted(report.discounts.items())]
    rows.append((say("day-paid"), yuan(report.paid), ""))
    for rate in sorted(report.taxed):
        rows.append((say("day-tax", rate=f"{rate / 10:g}%"), yuan(report.taxed[rate]), yuan(report.tax(rate))))
    head = (say("day-off-and-tax"), say("day-amount"), say("day-tax-in-it"))
    return sheet.Table(say("day-made-up"), head, tuple(rows), (50, 25, 25), most=8, more=say("day-more-csv"))


def _page_differences(statement: Statement, say: Say) -> sheet.Table:
    rows = tuple(_difference_row(channel, each, say) for channel, each in statement.listed())
    left = frozenset({0, 1, 2, 5})
    empty = say("day-none") if len(statement.matches) == len(statement.channels) else say("day-not-matched-yet")
    return sheet.Table(
        say("day-differences"),
        _difference_head(say),
        rows,
        (13, 13, 29, 9, 9, 30),
        left=left,
        most=8,
        more=say("day-more-csv"),
        empty=empty,
    )


def _small(statement: Statement, say: Say) -> tuple[str, ...]:
    report = statement.report
    adds = say("day-adds-up", sales=report.tables.sales, paid=yuan(report.tables.paid))
    out = [adds if report.adds_up else say("day-broken-hint")]
    if report.first_receipt:
        out.append(say("day-receipts", first=report.first_receipt, last=report.last_receipt))
    for channel, match in statement.matches.items():
        name = say(f"day-{channel}")
        out.append(say("day-bill", channel=name, rows=match.rows, digest=match.bill or "—"))
    return tuple(out)
