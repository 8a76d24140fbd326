// Whether a recall would work, as it was found last: one line for each thing that it needs, what is
// wrong in front. The sentences are the service's.
callsurge.desk.preflight = (function () {
  'use strict';
  var c = callsurge;
  var session = callsurge.desk.session;
  var EVERY_MS = 30000;
  var ORDER = ['wrong', 'unknown', 'ok'];
  var nodes = null;
  var told = null;
  var unit = null;
  var readOnly = false;
  var busy = false;
  var failed = false;
  var asked = 0; // of the last answer that was awaited
  var loadedAt = -EVERY_MS;

  function $(id) { return document.getElementById(id); }
  function build() {
    var box = $('preflight');
    var head = c.add(box, c.el('div', 'panel-head'));
    c.add(head, c.el('h2', '', c.tr('desk.preflight')));
    nodes = { go: c.add(head, c.el('button', '', '')) };
    nodes.go.type = 'button';
    nodes.go.id = 'preflight-go';
    nodes.go.addEventListener('click', look);
    nodes.sum = c.add(box, c.el('p', 'small'));
    nodes.sum.id = 'preflight-sum';
    nodes.list = c.add(box, c.el('ul', 'checks'));
    nodes.list.id = 'preflight-checks';
  }
  function get(options) {
    asked += 1;
    var mine = asked;
    loadedAt = c.steady();
    return c.ask('/api/v1/preflight', options).then(function (r) {
      if (r.status === 401 && options) { session.ended(); }
      return c.json(r);
    }).then(function (found) {
      if (mine !== asked) { return; }
      told = found;
      failed = false;
    });
  }
  function load() { return get().then(fill, function () {}); }
  function look() {
    busy = true;
    fill();
    get({ method: 'POST' }).catch(function () { failed = true; }).then(function () {
      busy = false;
      fill();
    });
  }
  function line(check) {
    var node = c.el('li', 'check ' + check.outcome);
    c.add(node, c.el('b', 'mark', c.tr('desk.outcome.' + check.outcome)));
    node.appendChild(document.createTextNode(' ' + c.tr('desk.check.' + check.check) + ' '));
    if (check.of) {
      node.appendChild(c.name(check.of, 40));
      node.appendChild(document.createTextNode(' '));
    }
    c.add(node, c.el('span', 'small', check[document.documentElement.lang]));
    return node;
  }
  function fill() {
    if (!nodes || unit === null) { return; }
    c.show(nodes.go, session.may() && !readOnly);
    nodes.go.disabled = busy;
    c.set(nodes.go, c.tr(busy ? 'desk.preflight.looking' : 'desk.preflight.go'));
    var own = told ? told.checks.filter(function (x) { return x.unit === null || x.unit === unit; }) : [];
    var count = function (outcome) { return own.filter(function (x) { return x.outcome === outcome; }).length; };
    c.set(nodes.sum, failed ? c.tr('desk.preflight.failed') : !told || !told.at ? c.tr('desk.preflight.never')
      : c.say('desk.preflight.sum', { time: c.clock(Date.parse(told.at)), wrong: count('wrong'),
        unknown: count('unknown'), ok: count('ok') }));
    var known = JSON.stringify(own);
    if (nodes.list.getAttribute('data-known') === known) { return; }
    nodes.list.setAttribute('data-known', known);
    nodes.list.textContent = '';
    ORDER.forEach(function (outcome) {
      own.filter(function (x) { return x.outcome === outcome; }).forEach(function (check) {
        nodes.list.appendChild(line(check));
      });
    });
  }
  function draw(u, status) {
    if (!nodes) { build(); }
    unit = u.unit;
    readOnly = status.read_only;
    if (!busy && c.steady() - loadedAt > EVERY_MS) { load(); }
    fill();
  }
  return { draw: draw };
}());
