"""Records to files: layouts, splits, dataset card, report, provenance, manifest."""
