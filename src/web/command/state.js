// How the unit stands: level, the clock towards the next step and why it stands, what a commander
// ordered, and the conditions of control with what they are measured by.
callsurge.desk.state = (function () {
  'use strict';
  var c = callsurge;
  var nodes = null;
  var rows = {};

  function $(id) { return document.getElementById(id); }
  function minutes(seconds) { return c.span(seconds * 1000); }
  function at(iso) { return c.minute(Date.parse(iso)); }
  function word(u) { return c.tr('stage.' + u.stage); }

  // What the clock towards the next step does, in a sentence.
  function clock(u) {
    if (!u.has_data && u.stage === 0) { return c.tr('clock.no_data'); }
    if (u.clock === 'running' && u.next_step_at) {
      return c.say('desk.clock.due', { level: 'L' + (u.stage + 1), time: at(u.next_step_at) });
    }
    if (u.clock === 'held' && u.overrides.hold_until) {
      return c.say('desk.clock.held', { time: at(u.overrides.hold_until) });
    }
    if (u.clock === 'idle') { return c.tr(u.stage === 3 ? 'clock.top' : 'clock.idle'); }
    return c.tr('clock.' + u.clock);
  }
  // A commander's acts in force, in sentences.
  function overrides(u) {
    var o = u.overrides;
    var said = [];
    [['floor', o.floor], ['ceiling', o.ceiling]].forEach(function (act) {
      if (!act[1]) { return; }
      said.push(c.say('desk.' + act[0], { level: c.log.level(act[1][0]), time: at(act[1][1]) }));
    });
    if (o.hold_until) { said.push(c.say('desk.hold', { time: at(o.hold_until) })); }
    if (o.closed_until) { said.push(c.say('desk.closed', { time: at(o.closed_until) })); }
    return said;
  }

  function build() {
    var box = $('state');
    nodes = { name: c.add(box, c.el('h2', 'unit-name')) };
    var line = c.add(box, c.el('div', 'line-up'));
    nodes.badge = c.add(line, c.el('div', 'badge'));
    nodes.number = c.add(nodes.badge, c.el('span', 'digit'));
    nodes.word = c.add(nodes.badge, c.el('span', 'stage'));
    var side = c.add(line, c.el('div', 'side'));
    nodes.count = c.add(side, c.el('p', 'countdown'));
    nodes.clock = c.add(side, c.el('p', 'clock'));
    nodes.since = c.add(side, c.el('p', 'small'));
    nodes.verdict = c.add(box, c.el('p', 'verdict'));
    c.add(box, c.el('h3', '', c.tr('desk.overrides')));
    nodes.overrides = c.add(box, c.el('ul', 'overrides'));
    var table = $('conditions');
    c.add(table, c.el('h2', '', c.tr('desk.conditions')));
    ['controlled', 'service', 'volume', 'backlog', 'stand_down'].forEach(function (key) {
      var row = c.add(table, c.el('div', 'condition'));
      var head = c.add(row, c.el('p', 'condition-head'));
      rows[key] = { row: row, mark: c.add(head, c.el('b', 'mark')) };
      head.appendChild(document.createTextNode(' ' + c.tr('desk.condition.' + key)));
      rows[key].what = c.add(row, c.el('p', 'small'));
    });
  }

  // Values against thresholds, in words; `untold` where nobody tells one.
  var measured = {
    controlled: function (u) { return c.tr('desk.control.' + u.control.mode); },
    service: function (u, longest) {
      var k = u.control;
      return [
        c.say('desk.measured.level', { value: c.percent(u.service_level),
          least: c.percent(k.service_level_min), target: c.seconds(u.service_target_seconds),
          window: c.seconds(u.service_window_seconds) }),
        c.say('desk.measured.rate', { value: c.percent(u.answer_rate),
          least: c.percent(k.answer_rate_min) }),
        c.say('desk.measured.wait', { value: longest,
          most: c.seconds(k.longest_wait_max_seconds) })
      ].join(c.tr('comma'));
    },
    volume: function (u) {
      var e = u.blind_since ? null : u.evidence;
      if (!e) { return c.tr('verdict.' + (u.blind_since ? 'stale' : u.verdict)); }
      return c.say('desk.measured.volume', { verdict: c.tr('verdict.' + u.verdict),
        value: c.num(e.observed), usual: c.num(e.expected), most: c.num(e.upper),
        length: c.seconds(e.interval_seconds), time: at(e.at) });
    },
    backlog: function (u) {
      var k = u.control;
      var most = c.seconds(k.clear_max_seconds);
      var waits = c.known(u.waiting) && !u.blind_since;
      if (!c.known(k.clears) || !waits) { return c.say('desk.measured.unknown', { most: most }); }
      var parts = { waiting: u.waiting, most: most, value: minutes(k.clear_seconds || 0) };
      return c.say(k.clears ? 'desk.measured.clears' : 'desk.measured.never', parts);
    },
    stand_down: function (u) {
      var need = c.seconds(u.control.stand_down_seconds);
      var since = u.control.stand_down_since;
      if (!since) { return c.say('desk.measured.not_yet', { need: need }); }
      return c.say('desk.measured.held', { need: need, value: c.span(c.now() - Date.parse(since)) });
    }
  };
  function drawConditions(u) {
    var oldest = u.oldest_arrival && !u.blind_since;
    var nobody = c.known(u.waiting) && !u.blind_since && u.waiting === 0;
    var longest = oldest ? c.span(c.now() - Date.parse(u.oldest_arrival))
      : nobody ? c.span(0) : c.tr('none');
    Object.keys(rows).forEach(function (key) {
      var holds = u.conditions[key];
      var name = holds === true ? 'yes' : holds === false ? 'no' : 'unknown';
      rows[key].row.className = 'condition ' + name;
      c.set(rows[key].mark, c.tr('desk.truth.' + name));
      c.set(rows[key].what, measured[key](u, longest));
    });
  }
  function since(u) {
    var said = [];
    if (u.incident) { said.push(c.say('desk.incident', { n: u.incident })); }
    if (u.entered_at) { said.push(c.say('desk.entered', { time: at(u.entered_at) })); }
    if (u.uncontrolled_since) {
      said.push(c.say('desk.uncontrolled', { time: at(u.uncontrolled_since) }));
    }
    if (u.frozen_seconds > 0) { said.push(c.say('desk.frozen', { span: minutes(u.frozen_seconds) })); }
    if (u.stage > 0) { said.push(c.tr(u.in_effect ? 'desk.in_effect' : 'desk.unconfirmed')); }
    return said.join(' · ');
  }
  function draw(u) {
    if (!nodes) { build(); }
    if (nodes.name.textContent !== u.display) {
      nodes.name.textContent = '';
      nodes.name.appendChild(c.name(u.display));
    }
    nodes.badge.className = 'badge s' + u.stage + (u.blind_since ? ' dark' : '');
    c.set(nodes.number, String(u.stage));
    c.set(nodes.word, word(u));
    var runs = u.clock === 'running' && u.next_step_at;
    c.set(nodes.count, runs ? c.span(Date.parse(u.next_step_at) - c.now()) : '');
    c.show(nodes.count, !!runs);
    c.set(nodes.clock, clock(u));
    c.set(nodes.since, since(u));
    c.set(nodes.verdict, u.blind_since
      ? c.say('flag.blind', { time: c.clock(Date.parse(u.blind_since)),
        span: c.span(c.now() - Date.parse(u.blind_since)) })
      : u.has_data ? c.explained(u.strongest) : c.tr('no_data'));
    var said = overrides(u);
    if (u.term_dropped) { said.push(c.tr('flag.dropped')); }
    if (!said.length) { said.push(c.tr('desk.no_overrides')); }
    c.list(nodes.overrides, said);
    drawConditions(u);
  }
  return { draw: draw, clock: clock, overrides: overrides, word: word };
}());
