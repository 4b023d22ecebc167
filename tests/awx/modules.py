# SPDX-FileCopyrightText: 2026 The palette.image_registry authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the modules of awx.awx 24.6 take: their argument_spec, as plugins/modules has it."""

from __future__ import annotations

# By module, option:type, a str where there is no type.
OPTIONS = {
    "credential": (
        "name new_name copy_from description organization credential_type inputs:dict "
        "update_secrets:bool user team"
    ),
    "credential_type": ("name new_name description kind inputs:dict injectors:dict"),
    "execution_environment": ("name new_name image description organization credential pull"),
    "group": (
        "name new_name description inventory variables:dict hosts:list children:list "
        "preserve_existing_hosts:bool preserve_existing_children:bool"
    ),
    "host": ("name new_name description inventory enabled:bool variables:dict"),
    "inventory": (
        "name new_name copy_from description organization variables:dict kind host_filter "
        "instance_groups:list prevent_instance_group_fallback:bool input_inventories:list"
    ),
    "inventory_source": (
        "name new_name description inventory source source_path source_vars:dict enabled_var "
        "enabled_value host_filter limit credential execution_environment custom_virtualenv "
        "organization overwrite:bool overwrite_vars:bool timeout:int verbosity:int "
        "update_on_launch:bool update_cache_timeout:int source_project scm_branch "
        "notification_templates_started:list notification_templates_success:list "
        "notification_templates_error:list"
    ),
    "job_template": (
        "name new_name copy_from description organization job_type inventory project playbook "
        "credential vault_credential credentials:list execution_environment custom_virtualenv "
        "instance_groups:list forks:int limit verbosity:int extra_vars:dict job_tags "
        "force_handlers:bool skip_tags start_at_task timeout:int use_fact_cache:bool "
        "host_config_key ask_diff_mode_on_launch:bool ask_variables_on_launch:bool "
        "ask_limit_on_launch:bool ask_tags_on_launch:bool ask_skip_tags_on_launch:bool "
        "ask_job_type_on_launch:bool ask_verbosity_on_launch:bool ask_inventory_on_launch:bool "
        "ask_credential_on_launch:bool ask_execution_environment_on_launch:bool "
        "ask_forks_on_launch:bool ask_instance_groups_on_launch:bool "
        "ask_job_slice_count_on_launch:bool ask_labels_on_launch:bool "
        "ask_timeout_on_launch:bool survey_enabled:bool survey_spec:dict become_enabled:bool "
        "diff_mode:bool allow_simultaneous:bool scm_branch ask_scm_branch_on_launch:bool "
        "job_slice_count:int webhook_service webhook_credential labels:list "
        "notification_templates_started:list notification_templates_success:list "
        "notification_templates_error:list prevent_instance_group_fallback:bool"
    ),
    "notification_template": (
        "name new_name copy_from description organization notification_type "
        "notification_configuration:dict messages:dict"
    ),
    "project": (
        "name new_name copy_from description scm_type scm_url local_path scm_branch scm_refspec "
        "credential scm_clean:bool scm_delete_on_update:bool scm_track_submodules:bool "
        "scm_update_on_launch:bool scm_update_cache_timeout:int allow_override:bool timeout:int "
        "default_environment custom_virtualenv organization notification_templates_started:list "
        "notification_templates_success:list notification_templates_error:list wait:bool "
        "update_project:bool interval:float signature_validation_credential"
    ),
    "schedule": (
        "rrule name new_name description execution_environment extra_data:dict forks:int "
        "instance_groups:list inventory job_slice_count:int labels:list timeout:int "
        "credentials:list scm_branch job_type job_tags skip_tags limit diff_mode:bool "
        "verbosity:int unified_job_template organization enabled:bool"
    ),
    "workflow_job_template": (
        "name new_name copy_from description extra_vars:dict job_tags skip_tags organization "
        "survey_spec:dict survey_enabled:bool allow_simultaneous:bool "
        "ask_variables_on_launch:bool ask_labels_on_launch:bool ask_tags_on_launch:bool "
        "ask_skip_tags_on_launch:bool inventory limit scm_branch ask_inventory_on_launch:bool "
        "ask_scm_branch_on_launch:bool ask_limit_on_launch:bool webhook_service "
        "webhook_credential labels:list notification_templates_started:list "
        "notification_templates_success:list notification_templates_error:list "
        "notification_templates_approvals:list workflow_nodes:list destroy_current_nodes:bool"
    ),
}


def argument_spec(module: str) -> dict[str, dict[str, object]]:
    """Return the specification of one module. AWX's own hides `inputs`, and nothing else."""
    options = (option.partition(":") for option in OPTIONS[module].split())
    return {
        name: {"type": kind or "str", "required": name == "name", "no_log": name == "inputs"}
        for name, _colon, kind in options
    }


__all__ = ("OPTIONS", "argument_spec")
