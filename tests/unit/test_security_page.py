# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each promise of the guide on security has a test, and this table says which.

A promise is a row of a table (known by how its first cell begins) or an item of a list.
"""

from __future__ import annotations

import functools
import re

import pytest

from tests.sandbox.paths import CHECKOUT

PAGE = CHECKOUT / "docs/docsite/rst/security.rst"
NO_PROMISES = ("Where secrets are", "What is not promised:")

# The beginning of a promise, and the tests that show it, by the name of their file.
SHOWN_BY: dict[str, tuple[str, ...]] = {
    "With ``verify_nodes_pull`` ``crictl``": (
        "test_pull.py::test_every_node_pulls_of_each_source_and_takes_it_back",
        "test_pull_script.py::test_no_program_that_others_may_write_is_run",
    ),
    "``image-registry-pull``": (
        "test_real_pod.py::test_pods_of_each_source_start_both_ways",
        "test_rights.py::test_a_pull_without_its_right_is_a_failed_check",
    ),
    "The registry's password in a log": (
        "test_secrets.py::test_no_secret_is_anywhere",
        "test_secrets.py::test_the_search_would_find_it",
    ),
    "The wrong cluster": (
        "test_playbooks.py::test_the_pages_example_twice_whatever_the_environment_says",
        "test_kubeconfig.py::test_a_colon_is_part_of_the_name",
    ),
    "More rights than the kubeconfig gives": (
        "test_kubeconfigs.py::test_an_exec_plugin_is_run_once_and_every_request_is_impersonated",
        "test_access.py::test_what_not_every_client_can_do_is_refused",
    ),
    "A token or a password of the kubeconfig": (
        "test_kubeconfigs.py::test_certificate_data_and_a_token_of_a_file",
        "test_kubeconfigs.py::test_certificate_files_behind_a_proxy_with_a_colon_in_the_path",
        "test_exec_credential.py::test_one_that_gives_none_is_told_without_a_secret",
        "test_kubeconfig.py::test_secrets_of_all_users_are_known",
    ),
    "The wrong registry, or one in the middle": (
        "test_registry_images.py::test_trust",
        "test_transport.py::test_certificates",
        "test_playbooks.py::test_bad_input_is_refused_with_the_fix_before_anything_is_written",
    ),
    "Another chart than the one": (
        "test_image_swap_failures.py::test_what_is_refused_writes_nothing",
    ),
    "Two runs at once": (
        "test_two_runs.py::test_two_overrides_that_begin_together",
        "test_interruptions_kills.py::test_killed_overrides_are_healed",
    ),
    "A webhook that blocks every pod": (
        "test_webhook.py::test_break_glass_lets_pods_through_and_is_undone",
    ),
    "A node breaks its check": (
        "test_no_evidence.py::test_nodes_whose_check_breaks_off_have_failed",
        "test_no_evidence.py::test_a_run_without_cluster_and_node_fails",
        "test_no_evidence.py::test_of_a_merged_report_a_host_that_no_slice_has_has_failed",
    ),
    "Input that ends in an error of Python": (
        "test__guarded_action.py::test_whatever_is_raised_becomes_a_finding_without_its_words",
        "test__guarded_action.py::test_each_action_of_ours_is_guarded",
    ),
    "Whoever may write Node objects": (
        "test_cluster_nodes_addresses.py::test_a_node_never_takes_over_a_host_that_is_there",
        "test_cluster_nodes_addresses.py::test_nor_one_that_a_later_source_of_the_inventory_names",
        "test_cluster_nodes_addresses.py::test_doubles_are_left_out_and_named_and_the_others_are_there",
    ),
    "A Node object gives an option of ssh": (
        "test_cluster_nodes_addresses.py::test_names_and_addresses_are_names_and_addresses",
        "test_cluster_nodes_addresses.py::test_a_node_cannot_have_the_address_of_another",
    ),
    "Labels and other words of a Node": (
        "test_cluster_nodes_addresses.py::test_labels_set_no_variable_of_ansible",
        "test_cluster_nodes.py::test_what_a_cluster_says_is_no_template",
    ),
    "Escape sequences, control characters": (
        "test__guarded_action.py::test_what_it_returns_is_visible",
        "test_page.py::test_no_text_becomes_markup_or_ends_a_script",
        "test_junit.py::test_any_report_is_xml_with_a_case_a_check",
    ),
    "A message names people to notify": (
        "test_markdown.py::test_no_text_breaks_a_table_or_brings_markup",
    ),
    "A FIFO, a device, a link to nowhere": (
        "test_files.py::test_what_lies_in_the_folder_neither_holds_nor_hides_a_report",
        "test_files.py::test_a_full_disk_leaves_no_half_page_and_the_finding_names_the_file",
    ),
    "A pod, or a user of the node": (
        "test_node_attacks.py::test_nothing_that_a_process_names_is_run",
        "test_node_attacks.py::test_a_false_containerd_beside_the_true_one_saves_nothing",
        "test_node_attacks.py::test_a_program_that_becomes_root_for_a_user_is_no_containerd",
    ),
    "Root of a node": (
        "test_node_attacks.py::test_what_is_built_to_cost_is_a_failed_check",
        "test_reader_files.py::test_huge_output",
        "test_nodes.py::test_a_node_that_hangs",
    ),
    "Whoever is on the way to the node": ("test_connection.py::test_explain_failure",),
    "Nothing that was found through": (
        "test_node_attacks.py::test_nothing_that_a_process_names_is_run",
        "test_reader_processes.py::test_a_program_that_was_replaced_is_told",
    ),
    "A process counts as the node's containerd": (
        "test_reader_processes.py::test_a_containerd_in_a_container_is_not_the_nodes",
        "test_reader_processes.py::test_who_only_bears_its_name_does_not_count",
    ),
    "Of each program and each file": (
        "test_node_attacks.py::test_a_configuration_that_others_may_write_fails_and_is_not_read",
        "test_reader_processes.py::test_a_program_that_is_not_roots_alone_is_not_run",
    ),
    "``containerd config dump`` obeys": (
        "test_node_attacks.py::test_a_dump_is_not_asked_of_a_configuration_that_others_may_write",
    ),
    "``PATH`` and ``HOME`` are fixed": (
        "test_node_attacks.py::test_programs_are_not_those_of_the_users_path",
    ),
    "Several containerds are a warning": (
        "test_node_attacks.py::test_a_false_containerd_beside_the_true_one_saves_nothing",
    ),
    "The answer is bounded in time": (
        "test_node_attacks.py::test_what_is_built_to_cost_is_a_failed_check",
        "test_bounds.py::test_what_takes_too_long_is_ended",
        "test_bounds.py::test_what_takes_too_much_memory_is_ended",
    ),
    "Whatever goes wrong in a judgement": (
        "test_no_evidence.py::test_nodes_whose_check_breaks_off_have_failed",
    ),
    "Credentials are blanked on the node": (
        "test_reader_files.py::test_credentials_stay_on_the_node",
        "test_nodes.py::test_no_credential_in_any_output",
    ),
    "To hold a run": (
        "test_deadline.py::test_an_exchange_has_one_deadline",
        "test_deadline.py::test_a_proxy_has_it_as_well",
        "test_transport.py::test_attempts_end",
    ),
    "To fill the memory": (
        "test_transport.py::test_a_huge_answer",
        "test_transport.py::test_a_body_that_has_to_be_unpacked_is_refused",
    ),
    "To be given the password": (
        "test_client_tokens.py::test_no_password_for_a_token_service_of_another_host",
        "test_client_tokens.py::test_no_password_for_a_token_service_without_tls",
        "test_transport.py::test_redirects_keep_credentials_on_the_host_and_nowhere_else",
    ),
    "To have the password shown": (
        "test_client.py::test_what_a_registry_repeats_is_redacted_before_it_is_cut",
        "test_cuts.py::test_no_piece_of_a_secret_is_left_where_a_text_is_cut",
        "test_containerd_mirrors_info.py::test_a_node_that_repeats_a_password",
    ),
    "To end a task by a Python error": (
        "test_auth.py::test_any_header_is_read",
        "test_chart.py::test_any_bytes_give_a_sentence",
    ),
    "To have a chart fill memory": (
        "test_archive.py::test_a_bomb_is_refused",
        "test_chart.py::test_hostile_values_give_a_sentence",
    ),
    "To have a chart write or read files": (
        "test_archive.py::test_links_devices_and_paths_upwards_are_no_files",
    ),
    "To hold the inventory": (
        "test_api.py::test_an_answer_that_drips_ends",
        "test_api.py::test_pages_without_end_end",
        "test_api.py::test_pages_without_measure_end",
        "test_api.py::test_a_page_that_comes_again_ends_it",
    ),
    "A number that switches something off": (
        "test__numbers.py::test_every_timeout_of_an_action_has_a_range",
        "test_limits.py::test_limits",
        "test_containerd_mirrors_info.py::test_numbers_of_the_looks_that_follow",
        "test_evidence.py::test_what_is_no_percentage_is_refused",
    ),
    "Ctrl-C, or an end by AWX": (
        "test_private_files.py::test_nothing_is_left_after_ctrl_c",
        "test_private_files.py::test_a_signal_leaves_nothing",
    ),
    "``kill -9``, or a power cut": (
        "test_private_files.py::test_what_a_killed_run_left_is_deleted",
        "test_private_files.py::test_another_host_name_hides_nothing",
    ),
    "Another run sweeps": ("test_private_files.py::test_another_pid_namespace_deletes_nothing",),
    "``image-registry-audit``": ("test_docs.py::test_the_quickstart",),
    "``image-registry-override``": ("test_docs.py::test_two_roles_are_enough_without_the_chart",),
    "``image-registry-image-swap``": (
        "test_rights.py::test_no_role_has_a_right_that_no_playbook_uses",
        "test_rights.py::test_each_rule_that_is_taken_away_is_named_before_a_change",
    ),
}

_BLOCK = re.compile(
    r"^(?P<title>\S.*)\n[-=]{4,}$|^  \* - (?P<cell>(?:.+\n?)(?:      \S.*\n)*)"
    r"|^- (?P<item>(?:.+\n)(?:  \S.*\n)*)|^(?P<prose>\S.*)$",
    re.MULTILINE,
)
_HEAD = re.compile(r"  :header-rows: 1\n\n  \* - .*\n")


def promises(page: str) -> list[str]:
    """Return the first cells of rows, and items, where promises are made."""
    found, promised = [], True
    for block in _BLOCK.finditer(_HEAD.sub("\n", page)):
        heading = block["title"] or block["prose"]
        if heading:
            promised = block["prose"] == heading and promised
            promised = (promised or bool(block["title"])) and heading not in NO_PROMISES
        elif promised:
            found.append(" ".join((block["cell"] or block["item"]).split()))
    return found


PROMISES = promises(PAGE.read_text(encoding="utf-8"))


@functools.cache
def named_tests() -> frozenset[str]:
    return frozenset(
        f"{path.name}::{name}"
        for path in (CHECKOUT / "tests").rglob("test_*.py")
        for name in re.findall(r"^def (test_\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)
    )


@pytest.mark.parametrize("promise", PROMISES)
def test_each_promise_has_a_test(promise: str) -> None:
    (tests,) = (tests for begins, tests in SHOWN_BY.items() if promise.startswith(begins))
    assert tests


@pytest.mark.parametrize("begins", SHOWN_BY)
def test_each_of_the_table_is_promised_and_its_tests_exist(begins: str) -> None:
    assert sum(promise.startswith(begins) for promise in PROMISES) == 1
    assert set(SHOWN_BY[begins]) <= named_tests()


def test_a_promise_without_a_test_would_be_found() -> None:
    page = "Head\n----\n\n- One thing\n  holds.\n\nWhat is not promised:\n\n- Another.\n\nNext\n----\n\n"
    page += ".. list-table::\n  :header-rows: 1\n\n  * - Who\n    - What\n  * - He\n      there\n    - It.\n"
    assert promises(page) == ["One thing holds.", "He there"]
