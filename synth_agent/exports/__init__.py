"""Records to files: layouts, splits, dataset card, report page, provenance, manifest."""

from synth_agent.exports.card import card_metadata, render_card, write_card
from synth_agent.exports.dataset import dataset_paths, write_dataset
from synth_agent.exports.files import format_of, write_rows
from synth_agent.exports.layouts import check_layout, columns, layouts_of, rows
from synth_agent.exports.manifest import manifest, spec_digest, versions, write_manifest
from synth_agent.exports.provenance import provenance_rows, write_provenance
from synth_agent.exports.reading import read_rows
from synth_agent.exports.recipe import recipe
from synth_agent.exports.report import render_report, write_report
from synth_agent.exports.splits import check_split, parse_split, split_of, split_path

__all__ = [
    "card_metadata",
    "check_layout",
    "check_split",
    "columns",
    "dataset_paths",
    "format_of",
    "layouts_of",
    "manifest",
    "parse_split",
    "provenance_rows",
    "read_rows",
    "recipe",
    "render_card",
    "render_report",
    "rows",
    "spec_digest",
    "split_of",
    "split_path",
    "versions",
    "write_card",
    "write_dataset",
    "write_manifest",
    "write_provenance",
    "write_report",
    "write_rows",
]
