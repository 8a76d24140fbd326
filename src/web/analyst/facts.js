// What is in force, the tests with their thresholds, and how good the data are. Unknown is a word,
// never 0.
callsurge.study.facts = (function () {
  'use strict';
  var c = callsurge;
  var IGNORED = ['duplicate', 'late', 'too_late', 'future', 'orphan', 'second_source'];
  var LINES = ['gap', 'saturated', 'late_row', 'counters_reset', 'source_restarted', 'monitor_down'];

  function $(id) { return document.getElementById(id); }
  function fresh(id, title) {
    var box = $(id);
    box.textContent = '';
    c.add(box, c.el('h2', '', c.tr(title)));
    return box;
  }
  function two(value) { return c.known(value) ? String(Math.round(value * 100) / 100) : c.tr('analyst.not_known'); }
  function figure(list, name, value, note) {
    var part = c.add(list, c.el('div', 'figure'));
    c.add(part, c.el('dt', '', name));
    c.add(part, c.el('dd', 'value' + (/[^0-9.,%\/ ]/.test(value) ? ' wordy' : ''), value));
    c.add(part, c.el('dd', 'note', note));
  }
  // `series` is the queue that is looked at, or the unit.
  function verdict(unit, series, profile) {
    var box = fresh('verdict', 'analyst.now');
    var e = series.evidence;
    c.add(box, c.el('p', 'explanation', c.explained(series) || c.tr('verdict.' + series.verdict)));
    var list = c.add(box, c.el('dl', 'figures'));
    var limit = e ? c.say('analyst.score.note', { threshold: two(e.threshold), test: c.tr('analyst.test.' + e.method) })
      : c.tr('analyst.nothing_judged');
    figure(list, c.tr('analyst.score'), e ? two(e.score) : c.tr('none'), limit);
    var often = e && c.known(e.chance_per_month);
    figure(list, c.tr('analyst.chance'), often ? two(e.chance_per_month) : c.tr('none'),
      c.tr(often ? 'analyst.chance.note' : 'analyst.chance.none'));
    figure(list, c.tr('analyst.alarms'), String(unit.alarms_total), c.tr('analyst.alarms.note'));
    var own = profile ? c.say('analyst.tolerated.note', { n: two(profile.tolerated_per_month) }) : '';
    figure(list, c.tr('analyst.tolerated'), two(unit.false_alarms_per_month), own);
  }
  function threshold(test) {
    return test.threshold === null ? c.say('analyst.one_in', { n: Math.round(1 / test.chance).toLocaleString('en') }) : two(test.threshold);
  }
  function tests(series, profile) {
    var box = fresh('tests', 'analyst.tests');
    if (!profile || !profile.tests.length) {
      c.add(box, c.el('p', '', c.tr('analyst.nothing_judged')));
      return;
    }
    c.add(box, c.el('p', 'small', c.say('analyst.tests.about', { n: two(profile.tolerated_per_month) })));
    var table = c.add(box, c.el('table', 'tests'));
    var head = c.add(c.add(table, c.el('thead')), c.el('tr'));
    ['analyst.column.test', 'analyst.column.threshold', 'analyst.column.means'].forEach(function (key) {
      c.add(head, c.el('th', '', c.tr(key))).setAttribute('scope', 'col');
    });
    var body = c.add(table, c.el('tbody'));
    profile.tests.forEach(function (test) {
      var decides = series.evidence !== null && series.evidence.method === test.method;
      var row = c.add(body, c.el('tr', (test.in_use ? '' : 'off ') + (decides ? 'decides' : '')));
      var name = c.add(row, c.el('td', '', c.tr('analyst.test.' + test.method)));
      if (decides) { c.add(name, c.el('span', 'small', ' ● ' + c.say('analyst.decides', { n: two(series.evidence.score) }))); }
      if (!test.in_use) { c.add(name, c.el('span', 'small', ' ' + c.tr('analyst.not_in_use'))); }
      c.add(row, c.el('td', 'score', threshold(test)));
      c.add(row, c.el('td', '', c.tr('analyst.means.' + test.method)));
    });
  }

  function fact(list, name) {
    var part = c.add(list, c.el('div', 'fact'));
    c.add(part, c.el('dt', '', name));
    return c.add(part, c.el('dd'));
  }
  function source(list, s) {
    var item = c.add(list, c.el('li', s.up ? '' : 'down'));
    item.appendChild(c.name(s.source, 32));
    item.appendChild(document.createTextNode(' · ' + c.tr(s.up ? 'source.up' : 'source.down') + ' · ' +
      (s.last_event ? c.say('source.age', { span: c.span(c.now() - Date.parse(s.last_event)) }) : c.tr('no_data'))));
  }
  function learned(profile) {
    var open = profile.slots.filter(function (s) { return !s.closed; });
    if (!open.length) { return c.tr('analyst.not_known'); }
    var enough = open.filter(function (s) { return s.weeks >= profile.weeks_enough; }).length;
    var most = open.reduce(function (m, s) { return Math.max(m, s.weeks); }, 0);
    return c.say('analyst.learned', { weeks: most, share: c.percent(enough / open.length), n: profile.weeks_enough });
  }
  function ignored(sources) {
    var said = [];
    IGNORED.forEach(function (reason) {
      var n = sources.reduce(function (sum, s) { return sum + s.ignored[reason]; }, 0);
      if (n) { said.push(c.tr('analyst.ignored.' + reason) + ' ' + n); }
    });
    return said.length ? said.join(c.tr('comma')) : c.tr('analyst.no_such');
  }
  function quality(sources, profile, past) {
    var box = fresh('quality', 'analyst.quality');
    var list = c.add(box, c.el('dl', 'facts'));
    var signs = c.add(fact(list, c.tr('analyst.signs')), c.el('ul'));
    if (sources.length) { sources.forEach(function (s) { source(signs, s); }); } else {
      c.add(signs, c.el('li', '', c.tr('analyst.not_known')));
    }
    fact(list, c.tr('analyst.weeks')).textContent = profile ? learned(profile) : c.tr('analyst.not_known');
    var q = past ? past.quality : null;
    var span = past ? (Date.parse(past.until) - Date.parse(past.since)) / 1000 : 0;
    fact(list, c.tr('analyst.told')).textContent = q
      ? c.say('analyst.told.share', { share: c.percent(Math.min(1, q.told_seconds / span)), n: q.holes,
        longest: c.span(q.longest_hole_seconds * 1000) }) : c.tr('analyst.not_known');
    fact(list, c.tr('analyst.blind')).textContent = q
      ? (q.complete ? '' : c.tr('analyst.at_least') + ' ') + c.span(q.blind_seconds * 1000) : c.tr('analyst.not_known');
    fact(list, c.tr('analyst.intervals')).textContent = q
      ? c.say('analyst.intervals.parts', { incomplete: q.incomplete, unjudged: q.unjudged }) : c.tr('analyst.not_known');
    var lines = c.add(fact(list, c.tr('analyst.lines')), c.el('ul'));
    var named = q ? LINES.filter(function (cause) { return q.lines[cause]; }).map(function (cause) {
      return c.tr('quality.' + cause) + c.tr('colon') + (q.complete ? '' : c.tr('analyst.at_least') + ' ') + q.lines[cause];
    }) : [c.tr('analyst.not_known')];
    c.list(lines, named.length ? named : [c.tr('analyst.no_such')]);
    fact(list, c.tr('analyst.ignored')).textContent = sources.length ? ignored(sources) : c.tr('analyst.not_known');
    fact(list, c.tr('analyst.refused')).textContent = c.tr('analyst.refused.elsewhere');
  }
  return { verdict: verdict, tests: tests, quality: quality };
}());
