#!/usr/bin/env python3
"""Prints what further GPUs bring: tokens a second beside one GPU's of the same run, memory, and the difference of the losses."""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path

RANKS = re.compile(r"(?P<mode>.*), (?P<ranks>\d+) ranks(?P<kind>(, sharded)?(, not overlapped)?)$")


def tokens_per_second(result: dict) -> float:
    return result["contract"]["tokens_per_step"] / result["milliseconds"] * 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("results", type=Path, help="the file of JSON lines that eng/gpu/parallel.sh wrote")
    arguments = parser.parse_args()
    results = [line for line in map(json.loads, arguments.results.read_text().splitlines()) if "mode" in line]
    by_name = {(result["side"].split()[0], result["mode"]): result for result in results}
    print("| mode | by | GPUs | tokens/s | of so many single GPUs | ms a step | peak GiB a GPU | last loss |")
    print("|---|---|---|---|---|---|---|---|")
    for result in results:
        side, match = result["side"].split()[0], RANKS.match(result["mode"])
        ranks = int(match["ranks"]) if match else 1
        alone = by_name.get((side, match["mode"])) if match else None
        share = f"{tokens_per_second(result) / (ranks * tokens_per_second(alone)):.3f}" if alone else ""
        print(
            f"| {(match['mode'] + (match['kind'])) if match else result['mode']} | {side} | {ranks} | {tokens_per_second(result):,.0f} | "
            f"{share} | {result['milliseconds']:.2f} | {result['peak_bytes'] / 2**30:.2f} | {result['losses'][-1]:.4f} |"
        )
    pairs = [
        (ours["mode"], max(abs(a - b) / b for a, b in zip(ours["losses"], theirs["losses"])))
        for (side, mode), ours in by_name.items()
        if side == "Precision" and (theirs := by_name.get(("PyTorch", mode.removesuffix(", not overlapped").removesuffix(", sharded").replace(", fused", ""))))
    ]
    for mode, worst in pairs:
        print(f"\n{mode}: the losses differ from PyTorch's by at most {worst:.2%}.")


if __name__ == "__main__":
    main()
