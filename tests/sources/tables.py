"""What the tests of the table reader share: small files, and extracts as plain rows."""

from datetime import UTC, datetime, timedelta

from vsmlib.sources.table import read_table

HEAD = "id,when,status,who\n"


def file(folder, content, name="log.csv"):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def read(folder, content, name="log.csv", **options):
    return read_table(file(folder, content, name), **options)


def events(extract):
    """Rows (item, ISO time, event, actor) by seq."""
    rows = extract.events.sort("seq").select("item_id", "t", "event", "actor").collect().rows()
    return [(item, iso(t), event, actor) for item, t, event, actor in rows]


def iso(t):
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=t)
    return moment.isoformat().replace("+00:00", "Z")


def times(extract):
    return [row[1] for row in events(extract)]


def items(extract):
    """Item columns as one dict an item."""
    rows = extract.items.sort("item_id").collect().rows(named=True)
    return {row.pop("item_id"): row for row in rows}


def finding(extract, code):
    """The only finding of that code, or None."""
    found = [f for f in extract.findings if f.code == code]
    assert len(found) <= 1, found
    return found[0] if found else None


def codes(extract):
    return [f.code for f in extract.findings]
