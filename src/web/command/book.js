// The log book: filtered on the service, taken away as CSV, Markdown or on paper.
callsurge.desk.book = (function () {
  'use strict';
  var c = callsurge;
  var KINDS = ['transition', 'command', 'reminder', 'outage', 'quality', 'verdict', 'recall', 'recall_act'];
  var PAGE = 100;
  var WHOLE = 10000;
  var TYPED_MS = 400; // from the last key to the question
  var nodes = null;
  var units = '';
  var cursor = null;
  var asked = 0;
  var typing = null;

  function $(id) { return document.getElementById(id); }
  function select(label, options) {
    var node = field(label, c.el('select'));
    options.forEach(function (o) { c.add(node, c.el('option', '', o[1])).value = o[0]; });
    node.addEventListener('change', load);
    return node;
  }
  function field(label, node) {
    var whole = c.add(nodes.filters, c.el('label', 'field'));
    c.add(whole, c.el('span', '', label));
    return c.add(whole, node);
  }
  function instant(label) {
    var node = field(label, c.el('input'));
    node.type = 'datetime-local';
    node.addEventListener('change', load);
    return node;
  }
  function link(text, cls) {
    var node = c.add(nodes.tools, c.el('a', 'tool name', text));
    node.setAttribute('download', 'logbook.' + cls);
    return node;
  }
  function tool(text, pressed) {
    var node = c.el('button', 'tool', text);
    node.type = 'button';
    node.addEventListener('click', pressed);
    return node;
  }
  function build() {
    var box = $('book');
    c.add(box, c.el('h2', '', c.tr('desk.book')));
    nodes = { filters: c.add(box, c.el('div', 'filters')) };
    var any = ['', c.tr('desk.any')];
    nodes.unit = select(c.tr('desk.unit'), [any]);
    nodes.kind = select(c.tr('desk.kind'), [any].concat(KINDS.map(function (k) { return [k, c.tr('kind.' + k)]; })));
    nodes.level = select(c.tr('desk.level'), [any].concat(['none', 'L1', 'L2', 'L3']
      .map(function (l) { return [l, c.log.level(l)]; })));
    nodes.since = instant(c.tr('desk.from'));
    nodes.until = instant(c.tr('desk.to'));
    nodes.text = field(c.tr('desk.text'), c.el('input'));
    nodes.text.type = 'search';
    nodes.text.maxLength = 200;
    nodes.text.id = 'book-text';
    nodes.kind.id = 'book-kind';
    nodes.level.id = 'book-level';
    nodes.text.addEventListener('input', function () {
      clearTimeout(typing);
      typing = setTimeout(load, TYPED_MS);
    });
    nodes.tools = c.add(box, c.el('p', 'tools'));
    nodes.csv = link('CSV', 'csv');
    nodes.excel = link('CSV (Excel)', 'csv');
    nodes.markdown = link('Markdown', 'md');
    nodes.tools.appendChild(tool(c.tr('desk.print'), function () { window.print(); }));
    nodes.count = c.add(nodes.tools, c.el('span', 'small'));
    var frame = c.add(box, c.el('div', 'frame'));
    var table = c.add(frame, c.el('table'));
    var head = c.add(c.add(table, c.el('thead')), c.el('tr'));
    ['time', 'unit', 'kind', 'what', 'number'].forEach(function (key) {
      c.add(head, c.el('th', '', c.tr('desk.column.' + key))).setAttribute('scope', 'col');
    });
    nodes.rows = c.add(table, c.el('tbody'));
    nodes.rows.id = 'book-rows';
    nodes.more = c.add(box, tool(c.tr('desk.more'), function () { page(cursor); }));
  }
  // What was typed is local time, whatever the browser makes of it.
  function when(node) {
    var p = node.value.split(/[-T: ]/).map(Number);
    if (p.length < 5 || p.some(isNaN)) { return ''; }
    return new Date(p[0], p[1] - 1, p[2], p[3], p[4]).toISOString();
  }
  function query() {
    var parts = { unit: nodes.unit.value, type: nodes.kind.value, level: nodes.level.value,
      since: when(nodes.since), until: when(nodes.until), text: nodes.text.value.trim() };
    return Object.keys(parts).filter(function (key) { return parts[key] !== ''; })
      .map(function (key) { return key + '=' + encodeURIComponent(parts[key]); }).join('&');
  }
  function links() {
    var base = '/api/v1/logbook?' + query() + (query() ? '&' : '') + 'limit=' + WHOLE + '&format=';
    nodes.csv.href = base + 'csv';
    nodes.excel.href = base + 'csv&bom=true';
    nodes.markdown.href = base + 'markdown';
  }
  function date(ms) {
    var d = new Date(ms);
    return d.getFullYear() + '-' + c.two(d.getMonth() + 1) + '-' + c.two(d.getDate()) + ' ' + c.clock(ms);
  }
  function row(r) {
    var node = c.el('tr', r.type);
    c.add(node, c.el('td', 'when', date(Date.parse(r.at))));
    var of = c.add(node, c.el('td'));
    if (r.unit) { of.appendChild(c.name(r.unit, 40)); }
    c.add(node, c.el('td', '', c.tr('kind.' + r.type)));
    var what = c.add(node, c.el('td', 'what'));
    c.log.tell(what, Object.assign({}, r, { unit: undefined }), 500);
    if (r.type === 'transition' && c.explained(r)) { c.add(what, c.el('p', 'small', c.explained(r))); }
    c.add(node, c.el('td', '', r.incident ? String(r.incident) : ''));
    return node;
  }
  function page(from) {
    asked += 1;
    var mine = asked;
    var at = from === null ? '' : '&cursor=' + from;
    return c.ask('/api/v1/logbook?limit=' + PAGE + at + (query() ? '&' + query() : '')).then(c.json)
      .then(function (told) {
        if (mine !== asked) { return; }
        if (from === null) { nodes.rows.textContent = ''; }
        told.records.forEach(function (r) { nodes.rows.appendChild(row(r)); });
        cursor = told.next;
        c.show(nodes.more, cursor !== null);
        var n = nodes.rows.children.length;
        c.set(nodes.count, c.say(cursor === null ? 'desk.lines' : 'desk.lines_more', { n: n }));
      }, function () { c.set(nodes.count, c.tr('desk.no_book')); });
  }
  function load() {
    links();
    return page(null);
  }
  // The units that can be asked for.
  function show(all) {
    if (!nodes) { build(); }
    var known = all.map(function (u) { return u.unit; });
    if (units !== known.join('\n')) {
      units = known.join('\n');
      while (nodes.unit.children.length > 1) { nodes.unit.removeChild(nodes.unit.lastChild); }
      all.forEach(function (u) { c.add(nodes.unit, c.el('option', 'name', u.display)).value = u.unit; });
    }
  }
  // A line more, where it fits in front of what is shown.
  function hear() {
    if (nodes && nodes.rows.children.length <= PAGE) {
      clearTimeout(typing);
      typing = setTimeout(load, TYPED_MS);
    }
  }
  return { show: show, load: load, hear: hear };
}());
