"""The endpoint as a process: prints its URL and serves until it is killed.

python -m tests.endpoint --log FILE --latency 0.05 --seed 1 --rate-429 0.1 --retry-after 1
"""

import argparse
import signal
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any

from tests.endpoint.faults import Faults
from tests.endpoint.fill import from_schema
from tests.endpoint.server import Endpoint


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.endpoint", description=__doc__)
    parser.add_argument("--log", type=Path)
    parser.add_argument("--latency", type=float, default=0.0)
    parser.add_argument("--jitter", type=float, default=0.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--key", default="sk-test")
    parser.add_argument("--items", type=int, default=2, help="length of arrays left open")
    parser.add_argument("--models", nargs="*", default=[])
    parser.add_argument("--until-eof", action="store_true", help="end when stdin does")
    for field in fields(Faults):
        flag = f"--{field.name.replace('_', '-')}"
        kinds: dict[Any, dict[str, Any]] = {
            bool: {"action": "store_true"},
            frozenset[str]: {"nargs": "*"},
            int | None: {"type": int},
        }
        parser.add_argument(
            flag, dest=field.name, default=field.default, **kinds.get(field.type, {"type": float})
        )
    return parser.parse_args()


def _faults(options: argparse.Namespace) -> Faults:
    given = {field.name: getattr(options, field.name) for field in fields(Faults)}
    for name in ("refuse_ways", "ignore_ways"):
        given[name] = frozenset(given[name])
    return Faults(**given)


def _main() -> None:
    options = _options()
    endpoint = Endpoint(
        from_schema(options.seed, items=options.items),
        faults=_faults(options),
        latency=(options.latency, options.jitter),
        seed=options.seed,
        key=options.key or None,
        models=tuple(options.models),
    )
    if options.log:
        endpoint.write_log(options.log)
    with endpoint:
        sys.stdout.write(f"{endpoint.url}\n")
        sys.stdout.flush()
        if options.until_eof:
            sys.stdin.read()
        else:
            signal.pause()


if __name__ == "__main__":
    _main()
