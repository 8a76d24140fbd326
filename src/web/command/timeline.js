// One incident as a vertical line, newest first: levels, orders, reminders, quality, verdicts.
callsurge.desk.timeline = (function () {
  'use strict';
  var c = callsurge;
  var BEFORE_MS = 15 * 60000; // what led to it
  var AFTER_MS = 60000; // the end itself
  var RECENT_MS = 6 * 3600000;
  var KEPT = 400;
  var unit = null;
  var incidents = [];
  var picked = null; // by hand: an incident or 'recent'
  var records = [];
  var nodes = null;
  var old = true;
  var asked = 0;

  function $(id) { return document.getElementById(id); }
  function build() {
    var box = $('timeline');
    var head = c.add(box, c.el('div', 'panel-head'));
    c.add(head, c.el('h2', '', c.tr('desk.timeline')));
    var label = c.add(head, c.el('label', 'field'));
    c.add(label, c.el('span', 'unseen', c.tr('desk.which_incident')));
    nodes = { pick: c.add(label, c.el('select')), list: c.add(box, c.el('ol', 'events')) };
    nodes.pick.id = 'incident';
    nodes.pick.addEventListener('change', function () {
      picked = nodes.pick.value;
      load();
    });
  }
  function chosen() {
    var wanted = picked === null ? (incidents[0] ? String(incidents[0].incident) : 'recent') : picked;
    return incidents.filter(function (i) { return String(i.incident) === wanted; })[0] || null;
  }
  // From and to, in milliseconds; an open incident has no end.
  function range() {
    var one = chosen();
    if (!one) { return [c.now() - RECENT_MS, Infinity]; }
    return [Date.parse(one.opened_at) - BEFORE_MS,
      one.closed_at ? Date.parse(one.closed_at) + AFTER_MS : Infinity];
  }
  function day(ms) {
    var d = new Date(ms);
    return c.two(d.getMonth() + 1) + '-' + c.two(d.getDate());
  }
  function drawPick() {
    nodes.pick.textContent = '';
    incidents.forEach(function (i) {
      var end = i.closed_at ? c.minute(Date.parse(i.closed_at)) : c.tr('desk.open');
      var text = c.say('desk.incident', { n: i.incident }) + ' · ' + day(Date.parse(i.opened_at)) + ' ' +
        c.minute(Date.parse(i.opened_at)) + ' – ' + end + ' · ' + i.highest;
      c.add(nodes.pick, c.el('option', '', text)).value = String(i.incident);
    });
    c.add(nodes.pick, c.el('option', '', c.tr('desk.recent'))).value = 'recent';
    var one = chosen();
    nodes.pick.value = one ? String(one.incident) : 'recent';
  }
  function fits(r) {
    var when = Date.parse(r.at);
    var bounds = range();
    return (r.unit ? r.unit === unit : true) && when >= bounds[0] && when <= bounds[1];
  }
  function take(more) {
    more.filter(fits).forEach(function (r) {
      if (!records.some(function (known) { return known.id === r.id; })) { records.push(r); }
    });
    records.sort(c.log.newestFirst);
    records = records.slice(0, KEPT);
    old = true;
  }
  function pages() {
    var bounds = range();
    var end = bounds[1] === Infinity ? '' : '&until=' + new Date(bounds[1]).toISOString();
    var common = '/api/v1/logbook?limit=' + KEPT + '&since=' + new Date(bounds[0]).toISOString() + end;
    // Outages and the monitor's own troubles are of no unit.
    return [common + '&unit=' + encodeURIComponent(unit), common + '&type=outage', common + '&type=quality'];
  }
  // Asks for the incidents of the unit and then for the lines of the chosen one.
  function load() {
    asked += 1;
    var mine = asked;
    if (!nodes) { build(); }
    return c.ask('/api/v1/incidents?limit=20&unit=' + encodeURIComponent(unit)).then(c.json)
      .then(function (told) {
        if (mine !== asked) { return null; }
        incidents = told.incidents;
        records = [];
        drawPick();
        return Promise.all(pages().map(function (path) { return c.ask(path).then(c.json); }));
      }).then(function (told) {
        if (mine !== asked || !told) { return; }
        told.forEach(function (page) { take(page.records); });
        draw();
      });
  }
  function hear(record) {
    // Another level may open or close an incident.
    if (record.type === 'transition' && record.unit === unit) { load().catch(function () {}); }
    take([record]);
    draw();
  }
  function note(cls, parent, text) {
    if (text) { c.add(parent, c.el('p', cls, text)); }
  }
  function event(r) {
    var stage = r.type === 'transition' ? ' s' + (r.to === 'none' ? 0 : r.to.slice(1)) : '';
    var node = c.el('li', 'event ' + r.type + stage + (r.refused ? ' refused' : ''));
    var line = c.add(node, c.el('p', 'event-line'));
    c.add(line, c.el('time', '', c.clock(Date.parse(r.at)))).setAttribute('datetime', r.at);
    c.add(line, c.el('span', 'event-kind', c.tr('kind.' + r.type)));
    var own = Object.assign({}, r, { unit: undefined });
    c.log.tell(line, own, 500);
    if (r.until) { note('small', node, c.say('desk.holds', { time: c.minute(Date.parse(r.until)) })); }
    if (r.type === 'transition') { note('small', node, c.explained(r)); }
    if (r.late_by_seconds) {
      note('small', node, c.say('desk.late', { span: c.span(r.late_by_seconds * 1000) }));
    }
    return node;
  }
  function draw() {
    if (!nodes || !old) { return; }
    old = false;
    nodes.list.textContent = '';
    records.forEach(function (r) { nodes.list.appendChild(event(r)); });
    if (!records.length) { c.add(nodes.list, c.el('li', 'event', c.tr('log.empty'))); }
  }
  function show(name) {
    if (unit === name) { return null; }
    unit = name;
    picked = null;
    return load();
  }
  return { show: show, load: load, hear: hear };
}());
