#!/usr/bin/env python3
"""Checks that both sides of each row kept one contract and learned the same, and prints the table."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import contract

HERE = Path(__file__).resolve().parent
FUSED = ", fused"
FLOAT32_STEPS, FLOAT32_TOLERANCE, TOLERANCE = 20, 1e-3, 0.02


def check(ours: dict, theirs: dict) -> list[str]:
    """What differs between two results that should be of the same work."""
    faults = [
        f"{ours['mode']}: {key} is {ours['contract'][key]} here and {value} in PyTorch"
        for key, value in theirs["contract"].items()
        if ours["contract"][key] != value
    ]
    pairs = list(zip(ours["losses"], theirs["losses"]))
    if ours["contract"]["matrices"] == "float32" and ours["contract"]["region"] == "none":
        worst = max(abs(a - b) for a, b in pairs[:FLOAT32_STEPS])
        if not worst <= FLOAT32_TOLERANCE:
            faults.append(f"{ours['mode']}: the loss of the first {FLOAT32_STEPS} steps differs by {worst:.5f}")
    worst = max(abs(a - b) / b for a, b in pairs)
    if not worst <= TOLERANCE:
        faults.append(f"{ours['mode']}: the loss differs by {worst:.1%}")
    return faults


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("results", type=Path, nargs="+", help="files of JSON lines")
    parser.add_argument("--size", default="gpt2")
    arguments = parser.parse_args()
    sizes, _ = contract.load(HERE / "contract.json")
    size = sizes[arguments.size]
    lines = [json.loads(line) for path in arguments.results for line in path.read_text().splitlines()]
    products = {line["product"]: line["tflops"] for line in lines if "product" in line}
    results = [line for line in lines if "mode" in line]
    theirs = {result["mode"]: result for result in results if result["side"].startswith("PyTorch")}
    ours = {result["mode"]: result for result in results if not result["side"].startswith("PyTorch")}

    faults = []
    for mode, result in ours.items():
        if baseline := theirs.get(mode.removesuffix(FUSED)):
            faults += check(result, baseline)

    largest = max(products.values(), default=float("nan"))
    names = ", ".join(f"{name} {rate:.0f} TFLOP/s" for name, rate in products.items())
    print(f"Largest matrix product of this run: {names}. Steps of {size.tokens:,} tokens, {size.parameters:,} parameters.\n")
    print("| mode | by | tokens/s | ms a step | of PyTorch eager | peak GiB | TFLOP/s | of the largest product | loss after 50 steps |")
    print("|---|---|---|---|---|---|---|---|---|")
    for result in sorted(results, key=lambda result: -result["milliseconds"]):
        eager = theirs.get(result["mode"].removesuffix(FUSED).split(",")[0])
        seconds = result["milliseconds"] / 1000
        rate = size.step_flops() / seconds / 1e12
        ratio = f"{eager['milliseconds'] / result['milliseconds']:.2f}" if eager else ""
        print(
            f"| {result['mode']} | {result['side']} | {size.tokens / seconds:,.0f} | {result['milliseconds']:.2f} | {ratio} | "
            f"{result['peak_bytes'] / 2**30:.2f} | {rate:.0f} | {rate / largest:.0%} | {result['losses'][49]:.3f} |"
            if len(result["losses"]) > 49
            else f"| {result['mode']} | {result['side']} | {size.tokens / seconds:,.0f} | {result['milliseconds']:.2f} | {ratio} | | | | |"
        )

    profiles = [result for result in results if result.get("profile")]
    if profiles:
        kinds = sorted({kind for result in profiles for kind in result["profile"]})
        print("\nKernel time in ms a step:\n\n| mode | " + " | ".join(kinds) + " |\n|---" + "|---" * len(kinds) + "|")
        for result in profiles:
            print(f"| {result['side']}, {result['mode']} | " + " | ".join(f"{result['profile'].get(kind, 0):.2f}" for kind in kinds) + " |")

    print()
    for fault in faults:
        print(f"NOT THE SAME WORK: {fault}", file=sys.stderr)
    if faults or not ours:
        raise SystemExit(1)
    print(f"{len(ours)} rows of this library checked against PyTorch's: same contract, same losses.")


if __name__ == "__main__":
    main()
