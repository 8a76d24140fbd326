// These files as a monitoring mixin; needs jsonnet 0.18 or later.
{
  grafanaDashboards+:: {
    'callsurge-wallboard.json': import 'wallboard.json',
    'callsurge-leader.json': import 'leader.json',
    'callsurge-analyst.json': import 'analyst.json',
    'callsurge-operator.json': import 'operator.json',
  },
  prometheusAlerts+:: std.parseYaml(importstr '../rules/alerts.yaml'),
  prometheusRules+:: std.parseYaml(importstr '../rules/recording.yaml'),
}
