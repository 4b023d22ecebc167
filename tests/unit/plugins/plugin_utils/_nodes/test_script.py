# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import base64

import hypothesis
import hypothesis.strategies as st
import pytest

from ansible_collections.palette.image_registry.plugins.plugin_utils._nodes.script import (
    Answer,
    Limits,
    NodeError,
    Record,
    parse_records,
    run_task,
)

BOUNDARY = "@@0123abcd"


def framed(inner: bytes, coding: str = "base64") -> str:
    encoded = base64.encodebytes(inner).decode() if coding == "base64" else inner.hex(" ")
    return f"\n{BOUNDARY} begin {coding}\n{encoded}\n{BOUNDARY} finish\n"


INNER = f"\n{BOUNDARY} file /a b\nx = 1\n\n{BOUNDARY} end ok\n".encode()
FILE = Record("file", "/a b", b"x = 1\n")

TEST_ANSWERS: list[tuple[str, str, tuple[Record, ...], str]] = [
    ("plain", framed(INNER), (FILE,), "ok"),
    ("hexadecimal", framed(INNER, "od"), (FILE,), "ok"),
    ("noise around", f"Welcome!\n\x1b[0m{framed(INNER)}bye\n", (FILE,), "ok"),
    ("CRLF", framed(INNER).replace("\n", "\r\n"), (FILE,), "ok"),
    (
        "cut off",
        framed(INNER).partition(f"{BOUNDARY} finish")[0],
        (FILE, Record("end", "ok", b"")),
        "",
    ),
    ("no end record", framed(INNER.partition(f"{BOUNDARY} end".encode())[0]), (FILE,), ""),
    ("empty", framed(b""), (), ""),
    ("time limit", framed(INNER.replace(b"end ok", b"end timeout")), (FILE,), "timeout"),
]


@pytest.mark.parametrize(
    ("stdout", "records", "end"),
    [row[1:] for row in TEST_ANSWERS],
    ids=[row[0] for row in TEST_ANSWERS],
)
def test_parse_records(stdout: str, records: tuple[Record, ...], end: str) -> None:
    parsed = parse_records(Answer(0, stdout, ""), BOUNDARY)
    assert [(r.kind, r.words, r.body.strip()) for r in parsed.records] == [
        (r.kind, r.words, r.body.strip()) for r in records
    ]
    assert parsed.end == end


TEST_NO_ANSWERS: list[tuple[Answer, str, str]] = [
    (Answer(127, "", "sh: sudo: not found"), "no_answer", "sudo: not found"),
    (Answer(1, "This account is currently not available.\n", ""), "no_answer", "not available"),
    (Answer(0, "", ""), "no_answer", "code 0"),
    (Answer(0, f"{BOUNDARY} begin base64\nabc!=def\n{BOUNDARY} finish", ""), "garbled", "base64"),
    (Answer(0, f"{BOUNDARY} begin od\nxyz\n{BOUNDARY} finish", ""), "garbled", "od"),
]


@pytest.mark.parametrize(("answer", "cause", "part"), TEST_NO_ANSWERS)
def test_no_answer(answer: Answer, cause: str, part: str) -> None:
    with pytest.raises(NodeError) as caught:
        parse_records(answer, BOUNDARY)
    assert caught.value.cause == cause
    assert part in str(caught.value)
    assert caught.value.fix


@hypothesis.given(st.lists(st.binary(max_size=60), max_size=5), st.sampled_from(["base64", "od"]))
def test_any_bytes_come_back(bodies: list[bytes], coding: str) -> None:
    inner = b"".join(f"\n{BOUNDARY} file {n}\n".encode() + body for n, body in enumerate(bodies))
    answer = Answer(0, framed(inner + f"\n{BOUNDARY} end ok\n".encode(), coding), "")
    assert [record.body for record in parse_records(answer, BOUNDARY).records] == bodies


@hypothesis.given(st.text())
def test_any_output_gives_records_or_a_cause(text: str) -> None:
    try:
        parse_records(Answer(0, f"{BOUNDARY} begin {text}", ""), BOUNDARY)
    except NodeError as error:
        assert error.cause == "garbled"


def test_bytes_that_are_no_text_stay_a_broken_file() -> None:
    assert Record("file", "/x", b"a = \xff\n").text() == "a = \0\n"


def test_the_script_asks_for_one_round_trip_and_quotes_its_values() -> None:
    scripts: list[bytes] = []

    def shell(script: bytes) -> Answer:
        scripts.append(script)
        return Answer(0, "", "")

    with pytest.raises(NodeError):
        run_task(shell, "read", Limits(seconds=3), root="/tmp/a'b c")
    assert len(scripts) == 1
    assert b"""root='/tmp/a'"'"'b c'\n""" in scripts[0]
    assert b"limit=3\n" in scripts[0]
