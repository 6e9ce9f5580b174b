"""Run by sllurp's own environment, never by ours: `sllurp_client.py PORT TAGS` prints what it heard, one JSON a line."""

from __future__ import annotations

import json
import logging
import sys
import threading

from sllurp.llrp import LLRPReaderClient, LLRPReaderConfig


def main() -> None:
    port, wanted = int(sys.argv[1]), int(sys.argv[2])
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    content = {
        "EnableAntennaID": True,
        "EnablePeakRSSI": True,
        "EnableTagSeenCount": True,
        "EnableLastSeenTimestamp": True,
    }
    config = LLRPReaderConfig(
        {
            "antennas": [1, 2],
            "report_every_n_tags": 2,
            "session": 1,
            "keepalive_interval": 200,
            "tag_content_selector": content,
        }
    )
    client = LLRPReaderClient("127.0.0.1", port, config)
    heard: list[dict[str, object]] = []
    enough = threading.Event()

    def on_tags(reader: object, tags: list[dict[str, object]]) -> None:
        for tag in tags:
            heard.append(tag)
            if len(heard) >= wanted:
                enough.set()

    client.add_tag_report_callback(on_tags)
    client.connect()
    came = enough.wait(20)
    client.disconnect()
    client.join(5)
    for tag in heard[:wanted]:
        epc = tag["EPC"]
        assert isinstance(epc, bytes)
        print(
            json.dumps(
                {
                    "epc": epc.decode().lower(),
                    "antenna": tag["AntennaID"],
                    "rssi": tag["PeakRSSI"],
                    "seen": tag["TagSeenCount"],
                    "utc_us": tag["LastSeenTimestampUTC"],
                }
            )
        )
    raise SystemExit(0 if came else 1)


main()
