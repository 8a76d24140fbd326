// These files as a monitoring mixin; needs jsonnet 0.18 or later.
{
  grafanaDashboards+:: {
    'callsurge-wallboard-zh.json': import 'wallboard.json',
    'callsurge-leader-zh.json': import 'leader.json',
    'callsurge-analyst-zh.json': import 'analyst.json',
    'callsurge-operator-zh.json': import 'operator.json',
  },
  prometheusAlerts+:: std.parseYaml(importstr '../rules/alerts.yaml'),
  prometheusRules+:: std.parseYaml(importstr '../rules/recording.yaml'),
}
