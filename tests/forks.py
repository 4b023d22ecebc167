# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests shared out among forks of a process that has collected them: `-p tests.forks --forks 2`.

With pytest-xdist each process imports and collects all tests for itself and sends three messages a
test. Where thousands of tests take a millisecond each, that is a third of the whole time.
"""

from __future__ import annotations

import concurrent.futures
import itertools
import multiprocessing
import os
import tempfile
import typing as t

import pytest

Reports = list[dict[str, t.Any]]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that says how many."""
    parser.addoption("--forks", type=int, default=0, help="so many processes share the files")


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool | None:
    """Run file after file in the next free process; None leaves it to pytest itself."""
    option = session.config.option
    if option.forks < 1 or option.collectonly or option.usepdb or session.testsfailed:
        return None
    files = [list(some) for _name, some in itertools.groupby(session.items, lambda one: one.path)]
    with tempfile.TemporaryDirectory(prefix="forks-") as folder:
        pool = concurrent.futures.ProcessPoolExecutor(
            min(option.forks, len(files)) or 1,
            multiprocessing.get_context("fork"),
            initializer=_Fork.begin,
            initargs=(session, files, folder),
        )
        try:
            running = {pool.submit(_Fork.run, number): number for number in range(len(files))}
            for one in concurrent.futures.as_completed(running):
                _tell(session, files[running[one]], one.result())
        finally:
            pool.shutdown(cancel_futures=True)
    return True


def _tell(session: pytest.Session, items: list[pytest.Item], reports: Reports) -> None:
    hook = session.config.hook
    of_item = itertools.groupby(reports, lambda one: one["nodeid"])
    for item, (nodeid, some) in zip(items, of_item, strict=False):
        hook.pytest_runtest_logstart(nodeid=nodeid, location=item.location)
        for one in some:
            report = hook.pytest_report_from_serializable(config=session.config, data=one)
            hook.pytest_runtest_logreport(report=report)
        hook.pytest_runtest_logfinish(nodeid=nodeid, location=item.location)
    if session.shouldfail:
        raise session.Failed(session.shouldfail)


class _Fork:
    """One of the processes: it runs tests as pytest does, and keeps what it would have shown."""

    this: t.ClassVar[_Fork]

    def __init__(self, session: pytest.Session, files: list[list[pytest.Item]]) -> None:
        self.session, self.files = session, files
        self.reports: Reports = []

    @classmethod
    def begin(cls, session: pytest.Session, files: list[list[pytest.Item]], folder: str) -> None:
        """Part from the first process: from its terminal, its captured output, its tmp_path."""
        cls.this = cls(session, files)
        plugins = session.config.pluginmanager
        plugins.unregister(name="terminalreporter")
        plugins.register(cls.this)
        capture = plugins.getplugin("capturemanager")
        capture.stop_global_capturing()
        capture.start_global_capturing()
        os.environ["PYTEST_DEBUG_TEMPROOT"] = os.path.join(folder, str(os.getpid()))
        os.mkdir(os.environ["PYTEST_DEBUG_TEMPROOT"])

    @classmethod
    def run(cls, number: int) -> Reports:
        """Run a file and return its reports."""
        session, items = cls.this.session, cls.this.files[number]
        cls.this.reports = []
        for item, following in itertools.zip_longest(items, items[1:]):
            session.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if session.shouldfail:
                break
        return cls.this.reports

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep a report for the first process."""
        hook = self.session.config.hook
        data = hook.pytest_report_to_serializable(config=self.session.config, report=report)
        self.reports.append(data)
