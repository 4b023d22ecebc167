# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.palette.image_registry.plugins.module_utils._evidence import (
    Finding,
    Severity,
)
from ansible_collections.palette.image_registry.plugins.plugin_utils._failure import Failure


def test_a_failure_is_a_result_without_secrets() -> None:
    remark = Finding("more", Severity.INFO, "there", "and planted", "")
    failure = Failure.of("odd", "here", "it is planted", "mend planted")
    whole = Failure(*failure.findings, remark, said="raw")
    result = whole.result(lambda text: text.replace("planted", "***"))
    assert (whole.code, whole.said, result["failed"]) == ("odd", "raw", True)
    assert [item["code"] for item in result["findings"]] == ["odd", "more"]
    assert "it is ***" in result["msg"]
    assert "planted" not in str(result)
    assert failure.findings[0].severity is Severity.ERROR
