// One unit: level, countdown, curve, figures. Built once and then touched where it changes.
callsurge.card = function (first) {
  'use strict';
  var c = callsurge;
  var REDRAW_MS = 10000; // the curve moves left by itself
  var points = [];
  var drawn = { at: 0, width: 0, height: 0 };
  var fitted = '';
  var shown = null;
  var said = '';

  var box = c.el('article', 'unit');
  var head = c.add(box, c.el('header', 'head'));
  var title = c.add(head, c.el('h2', first.display.length > 40 ? 'long' : ''));
  title.appendChild(c.name(first.display));
  var flags = c.add(head, c.el('div', 'flags'));
  var age = c.add(head, c.el('p', 'age'));
  var body = c.add(box, c.el('div', 'body'));
  var tile = c.add(body, c.el('div', 'tile'));
  var number = c.add(tile, c.el('div', 'number'));
  var word = c.add(tile, c.el('div', 'word'));
  var timer = c.add(tile, c.el('div', 'timer'));
  var count = c.add(timer, c.el('div', 'count'));
  var why = c.add(timer, c.el('div', 'why'));
  var right = c.add(body, c.el('div', 'right'));
  var caption = c.add(right, c.el('p', 'caption'));
  var explanation = c.add(right, c.el('p', 'explanation'));
  explanation.hidden = true;
  var canvas = c.add(right, c.el('div', 'chart'));
  var curve = c.chart(canvas);
  var legend = c.add(right, c.el('p', 'legend'));
  ['observed', 'expected', 'upper', 'over'].forEach(function (key) {
    var part = c.add(legend, c.el('span', 'key'));
    part.appendChild(c.el('i', 'swatch ' + key));
    part.appendChild(document.createTextNode(c.tr('legend.' + key)));
  });
  var figures = c.add(box, c.el('dl', 'figures'));
  var waiting = figure('waiting');
  var longest = figure('longest');
  var answered = figure('answer_rate');
  var level = figure('service_level');
  var calls = figure('calls');
  var staff = figure('staff');

  function figure(key) {
    var part = c.add(figures, c.el('div', 'figure'));
    c.add(part, c.el('dt', '', c.tr(key)));
    var value = c.add(part, c.el('dd', 'value'));
    return { part: part, value: value, note: c.add(part, c.el('dd', 'note')) };
  }
  function put(f, value, note) {
    c.set(f.value, value);
    f.value.className = 'value' + (value.length > 5 || /[^0-9:.,%\/ —]/.test(value) ? ' wordy' : '');
    c.set(f.note, note);
  }

  // Big: the time that is left, or nothing. Small: what the clock does and why.
  function clock(u) {
    if (!u.has_data) { return ['', c.tr('clock.no_data')]; }
    if (u.clock === 'running' && u.next_step_at) {
      var left = Date.parse(u.next_step_at) - c.now();
      return [c.span(left), c.say('clock.next', { level: 'L' + (u.stage + 1) })];
    }
    if (u.clock === 'held' && u.overrides.hold_until) {
      var until = Date.parse(u.overrides.hold_until);
      return [c.span(until - c.now()), c.say('clock.held', { time: c.minute(until) })];
    }
    if (u.clock === 'idle') { return ['', u.stage === 3 ? c.tr('clock.top') : c.tr('clock.idle')]; }
    return ['', c.tr('clock.' + u.clock)];
  }

  function flagged(u) {
    var found = [];
    if (u.blind_since) {
      var since = Date.parse(u.blind_since);
      found.push(['blind', c.say('flag.blind', { time: c.clock(since), span: c.span(c.now() - since) })]);
    }
    if (u.stage > 0 && !u.in_effect) { found.push(['open', c.tr('flag.unconfirmed')]); }
    var o = u.overrides;
    [['floor', o.floor], ['ceiling', o.ceiling]].forEach(function (act) {
      if (!act[1]) { return; }
      var bound = act[1][0] === 'none' ? c.tr('level.none') : act[1][0];
      found.push(['held', c.say('flag.' + act[0], { level: bound, time: c.minute(Date.parse(act[1][1])) })]);
    });
    if (o.closed_until) { found.push(['held', c.tr('flag.closed')]); }
    if (u.term_dropped) { found.push(['open', c.tr('flag.dropped')]); }
    if (u.drill) { found.push(['drill', c.say('flag.drill', u.drill)]); }
    return found;
  }
  function drawFlags(u) {
    var wanted = flagged(u);
    while (flags.children.length > wanted.length) { flags.removeChild(flags.lastChild); }
    wanted.forEach(function (flag, i) {
      var node = flags.children[i] || c.add(flags, c.el('p'));
      node.className = 'flag ' + flag[0];
      c.set(node, flag[1]);
    });
  }

  // The verdict that counts most in a sentence, where it is anything but normal.
  function explained(u) {
    var told = u.strongest;
    var unusual = told && (told.verdict === 'surge' || told.verdict === 'collapse');
    return unusual && u.has_data && !u.blind_since ? c.explained(told) : '';
  }

  function drawFigures(u) {
    var dark = !!u.blind_since;
    var e = dark ? null : u.evidence;
    var none = c.tr('none');
    // Not told by a source that lives, or nobody there to tell.
    var untold = c.tr(dark ? 'verdict.stale' : 'untold');
    var waits = c.known(u.waiting) && !dark;
    put(waiting, waits ? c.num(u.waiting) : none, waits ? '' : untold);
    var oldest = u.oldest_arrival && !dark;
    put(longest, oldest ? c.span(c.now() - Date.parse(u.oldest_arrival)) : none,
      oldest || waits ? '' : untold);
    var range = { window: c.seconds(u.service_window_seconds), target: c.seconds(u.service_target_seconds) };
    put(answered, c.percent(u.answer_rate), c.say('answer_rate.formula', range));
    put(level, c.percent(u.service_level), c.say('service_level.formula', range));
    put(calls, e ? c.num(e.observed) + ' / ' + c.num(e.expected) : none, e
      ? c.say('calls.note', { verdict: c.tr('verdict.' + u.verdict), upper: c.num(e.upper),
        time: c.minute(Date.parse(e.at)) })
      : c.tr('verdict.' + (dark ? 'stale' : u.verdict)));
    drawStaff(u, dark ? untold : '');
  }

  // How many agents are needed: the estimate large, what is missing and who is asked below.
  function drawStaff(u, untold) {
    var demand = u.demand;
    var needed = demand.needed;
    var missing = demand.missing;
    var note = !needed ? untold || c.tr('staff.' + demand.because)
      : !missing ? c.say('staff.untold', needed)
        : missing.likely > 0 ? c.say('staff.missing', missing) : c.tr('staff.enough');
    var there = c.known(demand.available) ? c.num(demand.available) : c.tr('none');
    put(staff, needed ? c.num(needed.likely) + ' / ' + there : c.tr('none'),
      note + ' · ' + recalled(u.recall));
  }
  function recalled(r) {
    if (r.mode === 'off') { return c.tr('staff.recall.off'); }
    if (r.mode === 'dry_run') {
      return c.known(r.would_ask) ? c.say('staff.recall.would', { n: r.would_ask }) : c.tr('staff.recall.dry');
    }
    return r.asked > 0 ? c.say('staff.recall.asked', r) : c.tr('staff.recall.ready');
  }

  // A tile that has too little room (many flags, a wide window) gets smaller figures.
  function fit() {
    var room = [right.clientWidth, body.clientHeight, flags.children.length, count.hidden].join();
    if (room !== fitted) {
      fitted = room;
      box.classList.remove('tight', 'tighter');
      ['tight', 'tighter'].forEach(function (size) {
        if (tile.scrollHeight > tile.clientHeight + 1) { box.classList.add(size); }
      });
    }
    if (shown) { drawCurve(shown); }
  }

  function drawCurve(u) {
    var size = { at: c.now(), width: canvas.clientWidth, height: canvas.clientHeight };
    var same = size.width === drawn.width && size.height === drawn.height;
    if (same && Math.abs(size.at - drawn.at) < REDRAW_MS) { return; }
    drawn = size;
    var last = points[points.length - 1];
    var length = last ? last.length / 1000 : 60;
    c.set(caption, c.say('chart.caption', { length: c.seconds(length) }));
    var label = last ? c.say('chart.label', {
      observed: c.num(last.observed), expected: c.num(last.expected), upper: c.num(last.upper),
      time: c.minute(last.at)
    }) : c.tr('chart.empty');
    curve.draw(points, { now: size.at, stage: u.stage, blind: u.blind_since, label: label });
  }

  function draw(u) {
    shown = u;
    box.classList.toggle('dark', !!u.blind_since);
    tile.className = 'tile ' + (u.has_data ? 's' + u.stage : 'unknown');
    c.set(number, u.has_data ? String(u.stage) : c.tr('none'));
    c.set(word, u.has_data ? c.tr('stage.' + u.stage) : c.tr('no_data'));
    var told = clock(u);
    c.set(count, told[0]);
    c.show(count, told[0] !== '');
    c.set(why, told[1]);
    c.set(age, u.evaluated_to
      ? c.say('age', { span: c.span(c.now() - Date.parse(u.evaluated_to)) }) : c.tr('no_data'));
    drawFlags(u);
    c.set(explanation, explained(u));
    // It says what the caption says, and why.
    c.show(explanation, explanation.textContent !== '');
    c.show(caption, explanation.textContent === '');
    drawFigures(u);
    fit();
    var news = word.textContent;
    var changed = said !== '' && said !== news;
    said = news;
    return changed ? u.display + ': ' + news : '';
  }

  // A judged interval more; `false` where those before it are missing.
  function grow(u) {
    var last = points[points.length - 1];
    if (!u.evidence || !last) { return !u.evidence; }
    var at = Date.parse(u.evidence.at);
    if (at <= last.at) { return true; }
    if (at - last.at > 1.5 * last.length) { return false; }
    var e = u.evidence;
    points.push({ at: at, length: last.length, observed: e.observed, expected: e.expected,
      upper: e.upper, stage: u.stage });
    drawn.at = 0;
    return true;
  }
  function load(series) {
    points = series.points.map(function (p) {
      return { at: Date.parse(p.at), length: p.length_seconds * 1000, observed: p.observed,
        expected: p.expected, upper: p.upper, stage: p.stage };
    });
    drawn.at = 0;
  }
  return { unit: first.unit, box: box, draw: draw, fit: fit, grow: grow, load: load };
};
