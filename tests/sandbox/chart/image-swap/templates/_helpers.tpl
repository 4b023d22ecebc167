{{- /*
SPDX-FileCopyrightText: 2026 The palette.image_registry authors
SPDX-License-Identifier: GPL-3.0-or-later
*/ -}}
{{- define "image-swap.labels" -}}
app: imageswap
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- /* The webhook's map file: a line an entry, after the default that swaps nothing. */ -}}
{{- define "image-swap.maps" -}}
{{- $registry := include "image-swap.registry" . | fromYaml -}}
{{- if .Values.config.addDefault }}default::{{ "\n" }}{{ end -}}
{{- with $registry.mirrorRegistries }}{{ replace "," "\n" . }}{{ "\n" }}{{ end -}}
{{- end }}
