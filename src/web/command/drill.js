// A drill: the real machine and the real roster, and nobody hears of it. Started and stopped here;
// how it goes is shown while it runs, how it went is in the log book.
callsurge.desk.drill = (function () {
  'use strict';
  var c = callsurge;
  var session = callsurge.desk.session;
  var LEVELS = ['L2', 'L3'];
  var nodes = null;
  var unit = null;
  var level = 'L2';
  var key = null; // of a press whose fate is not known
  var pressed = ''; // what it was
  var busy = false;

  function $(id) { return document.getElementById(id); }
  function button(parent, cls, text, act) {
    var node = c.add(parent, c.el('button', cls, text));
    node.type = 'button';
    node.addEventListener('click', act);
    return node;
  }
  function build() {
    nodes = { box: c.el('div') };
    c.add(nodes.box, c.el('h2', '', c.tr('desk.drill')));
    nodes.hint = c.add(nodes.box, c.el('p', 'small'));
    nodes.hint.id = 'drill-state';
    nodes.draft = c.add(nodes.box, c.el('div', 'draft'));
    nodes.levels = c.add(nodes.draft, c.el('div', 'acts levels'));
    nodes.buttons = LEVELS.map(function (word) {
      var node = button(nodes.levels, 'act', word, function () {
        level = word;
        fill();
      });
      node.setAttribute('data-drill', word);
      return node;
    });
    var label = c.add(nodes.draft, c.el('label', 'field'));
    c.add(label, c.el('span', '', c.tr('desk.reason')));
    nodes.reason = c.add(label, c.el('input'));
    nodes.reason.id = 'drill-reason';
    nodes.reason.type = 'text';
    nodes.reason.maxLength = 500;
    nodes.reason.autocomplete = 'off';
    nodes.reason.addEventListener('input', fill);
    nodes.go = button(nodes.draft, 'send', '', send);
    nodes.go.id = 'drill-go';
    nodes.outcome = c.add(nodes.box, c.el('p', 'outcome'));
    nodes.outcome.id = 'drill-outcome';
    nodes.outcome.setAttribute('role', 'alert');
  }
  function running() { return unit.drill; }
  function fill() {
    var drill = running();
    c.set(nodes.hint, drill ? state(drill) : c.tr('desk.drill.hint'));
    c.show(nodes.levels, !drill);
    nodes.buttons.forEach(function (node) {
      node.setAttribute('aria-pressed', String(node.getAttribute('data-drill') === level));
    });
    c.set(nodes.go, busy ? c.tr('desk.sending') : c.tr(drill ? 'desk.drill.stop' : 'desk.drill.start'));
    nodes.go.disabled = busy || !nodes.reason.value.trim();
  }
  function state(drill) { return c.say('flag.drill', drill); }
  function fresh() {
    var bytes = crypto.getRandomValues(new Uint8Array(16));
    return Array.prototype.map.call(bytes, function (b) { return (b < 16 ? '0' : '') + b.toString(16); }).join('');
  }
  function send() {
    var drill = running();
    var reason = nodes.reason.value.trim();
    var path = drill ? '/api/v1/recalls/' + encodeURIComponent(drill.id) + '/commands'
      : '/api/v1/units/' + encodeURIComponent(unit.unit) + '/drill';
    var body = JSON.stringify(drill ? { act: 'cancel_all', reason: reason } : { level: level, reason: reason });
    if (path + body !== pressed) { key = null; }
    pressed = path + body;
    key = key || fresh();
    busy = true;
    fill();
    c.ask(path, { method: 'POST', body: body, headers: { 'Idempotency-Key': key } }).then(function (r) {
      if (r.status === 401) { session.ended(); }
      return r.json().then(function (told) { done(r, told, !!drill); });
    }).catch(function () { c.set(nodes.outcome, c.tr('desk.trouble.unsure')); }).then(function () {
      busy = false;
      fill();
    });
  }
  function done(r, told, stopped) {
    if (!r.ok) {
      // Of these nobody knows whether it was taken: the same key again.
      if (r.status < 500) { key = null; }
      c.set(nodes.outcome, trouble(r.status, told.error ? told.error.code : ''));
      return;
    }
    key = null;
    nodes.reason.value = '';
    c.set(nodes.outcome, c.say(stopped ? 'desk.drill.stopped' : 'desk.drill.started',
      { time: c.clock(Date.parse(told.at)) }));
  }
  function trouble(status, code) {
    if (status === 401) { return c.tr('desk.trouble.ended'); }
    if (status === 403) { return c.tr('desk.trouble.scope'); }
    if (code === 'nobody_asked') { return c.tr('desk.drill.nobody'); }
    if (code === 'refused') { return c.tr('desk.drill.refused'); }
    if (code === 'not_found') { return c.tr('desk.drill.gone'); }
    return c.tr(status < 500 ? 'desk.trouble.bad' : 'desk.trouble.unsure');
  }
  // Only who may order sees a button; that a drill runs is for everybody.
  function draw(u, status) {
    var box = $('drill');
    unit = u;
    c.show($('drilling'), !!u.drill);
    if (u.drill) { c.set($('drilling'), state(u.drill)); }
    var may = session.may() && !status.read_only;
    c.show(box, may);
    if (!may) { return; }
    if (!nodes) {
      build();
      box.appendChild(nodes.box);
    }
    fill();
  }
  return { draw: draw };
}());
