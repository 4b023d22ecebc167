{{- /*
SPDX-FileCopyrightText: 2026 The palette.image_registry authors
SPDX-License-Identifier: GPL-3.0-or-later
*/ -}}
{{- /* This layout keeps the registry under `config` and reads it nowhere else. */ -}}
{{- define "image-swap.registry" -}}
{{- toYaml .Values.config.ociImageRegistry -}}
{{- end }}
