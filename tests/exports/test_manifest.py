import hashlib
import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from synth_agent.exports import manifest, spec_digest, versions, write_manifest
from synth_agent.schemas import Report
from tests.exports.samples import spec_of

NOW = datetime(2025, 3, 1, 12, 30, 5, 999, tzinfo=UTC)
REPORT = Report(
    spec=spec_of("qa", count=3), asked=3, accepted=2, rejected={"empty": 1}, sources={"p@1": 2}
)


def test_the_manifest_tells_versions_digests_and_counts(tmp_path: Path) -> None:
    dataset = tmp_path / "dataset.json"
    dataset.write_bytes(b"[]\n")

    write_manifest(tmp_path / "manifest.json", REPORT, [dataset], now=NOW)

    told = json.loads((tmp_path / "manifest.json").read_text())
    assert told["status"] == "partial"
    assert (told["asked"], told["accepted"], told["rejected"]) == (3, 2, {"empty": 1})
    assert told["finished"] == "2025-03-01T12:30:05+00:00"
    assert told["files"] == [
        {"name": "dataset.json", "bytes": 3, "sha256": hashlib.sha256(b"[]\n").hexdigest()}
    ]
    assert told["versions"] == versions()
    assert told["spec_sha256"] == spec_digest(REPORT.spec)


def test_the_manifest_does_not_say_where_it_was_made(tmp_path: Path) -> None:
    assert str(tmp_path) not in json.dumps(manifest(REPORT, [], now=NOW))


def test_the_time_is_told_in_utc_whatever_its_zone() -> None:
    berlin = NOW.astimezone(timezone(timedelta(hours=1)))

    assert manifest(REPORT, [], now=berlin) == manifest(REPORT, [], now=NOW)


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="expected a time with its zone"):
        manifest(REPORT, [], now=NOW.replace(tzinfo=None))


def test_equal_specs_have_equal_digests_and_others_do_not() -> None:
    assert spec_digest(spec_of("qa", count=3)) == spec_digest(REPORT.spec)
    assert spec_digest(spec_of("qa", count=3, seed=1)) != spec_digest(REPORT.spec)
