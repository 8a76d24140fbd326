// The usual week as a map of seven days: calls expected, closed hours hatched, unknown ones empty.
callsurge.study.week = (function () {
  'use strict';
  var c = callsurge;
  var g = callsurge.svg;
  var HUE = [[15, 40, 70], [29, 79, 138], [47, 138, 209], [124, 199, 245], [244, 251, 255]];
  var SHARES = [0, 0.25, 0.5, 0.75, 1];
  var profile = null;
  var nodes = null;

  function colour(share) {
    var at = Math.max(0, Math.min(1, share)) * (HUE.length - 1);
    var i = Math.min(HUE.length - 2, Math.floor(at));
    return 'rgb(' + HUE[i].map(function (from, k) {
      return Math.round(from + (at - i) * (HUE[i + 1][k] - from));
    }).join(',') + ')';
  }
  function build() {
    var box = document.getElementById('week');
    c.add(box, c.el('h2', '', c.tr('analyst.week')));
    nodes = { about: c.add(box, c.el('p', 'small')) };
    nodes.plot = c.add(box, c.el('div', 'chart plot week'));
    nodes.plot.id = 'week-map';
    nodes.reader = callsurge.study.reader(nodes.plot, c.tr('analyst.week'));
    nodes.legend = c.add(box, c.el('p', 'legend'));
  }
  // Slots put together where the screen is too narrow for quarters.
  function cells(by) {
    var made = [];
    for (var i = 0; i < profile.slots.length; i += by) {
      var part = profile.slots.slice(i, i + by);
      var open = part.filter(function (s) { return !s.closed; });
      var known = open.filter(function (s) { return s.expected !== null; });
      made.push({
        closed: !open.length,
        expected: known.length ? known.reduce(function (sum, s) { return sum + s.expected; }, 0) : null,
        weeks: open.reduce(function (least, s) { return Math.min(least, s.weeks); }, open.length ? 99 : 0)
      });
    }
    return made;
  }
  function time(minute) { return c.two(Math.floor(minute / 60)) + ':' + c.two(minute % 60); }
  function said(cell, day, from, to) {
    var told = cell.closed ? c.tr('analyst.closed') : cell.expected === null ? c.tr('analyst.unknown')
      : c.say('analyst.cell', { n: c.num(cell.expected), weeks: cell.weeks });
    return c.tr('analyst.day.' + day) + ' ' + time(from) + '–' + time(to) + c.tr('colon') + told;
  }
  function patterns(svg, em, id) {
    var ground = g.node('pattern',
      { id: 'closed' + id, width: em * 0.4, height: em * 0.4, patternUnits: 'userSpaceOnUse',
        patternTransform: 'rotate(45)' });
    ground.appendChild(g.node('rect', { width: em, height: em, 'class': 'closed-ground' }));
    ground.appendChild(g.node('line', { x1: 0, y1: 0, x2: 0, y2: em, 'class': 'closed-lines' }));
    svg.appendChild(ground);
    g.hatch(svg, 'thin' + id, 'thin-lines', em * 0.35);
  }
  function fill(svg, r, cell, most, id) {
    if (cell.closed) { return g.rect(svg, r[0], r[1], r[2], r[3], 'cell', 'url(#closed' + id + ')'); }
    if (cell.expected === null) { return g.rect(svg, r[0], r[1], r[2], r[3], 'unknown'); }
    g.rect(svg, r[0], r[1], r[2], r[3], 'cell', colour(cell.expected / most));
    if (cell.weeks < profile.weeks_enough) {
      g.rect(svg, r[0], r[1], r[2], r[3], 'cell', 'url(#thin' + id + ')');
    }
    return null;
  }
  function draw() {
    var plot = nodes.plot;
    var width = plot.clientWidth;
    var em = parseFloat(getComputedStyle(plot).fontSize) || 16;
    plot.textContent = '';
    if (!profile || width < 120) { return; }
    var day = 24 * 60 / profile.slot_minutes;
    var left = 3 * em;
    var by = [1, 2, 4, 8].filter(function (n) { return (width - left) / (day / n) >= 7 || n === 8; })[0];
    var all = cells(by);
    var across = day / by;
    var most = all.reduce(function (m, s) { return s.closed ? m : Math.max(m, s.expected || 0); }, 0);
    var w = (width - left - 0.5 * em) / across;
    var h = Math.max(1.7 * em, Math.min(2.6 * em, width / 40));
    var height = 7 * h + 1.6 * em;
    var svg = g.node('svg', { width: width, height: height, viewBox: '0 0 ' + width + ' ' + height });
    svg.setAttribute('role', 'img');
    svg.setAttribute('aria-label', c.tr('analyst.week'));
    patterns(svg, em, 'W');
    all.forEach(function (cell, i) {
      var x = left + i % across * w;
      var y = Math.floor(i / across) * h;
      // No seam between cells that are thinner than a pixel's rounding.
      fill(svg, [x, y + 0.5, x + w - (w > 9 ? 0.6 : 0), y + h - 0.5], cell, most || 1, 'W');
    });
    for (var d = 0; d < 7; d += 1) {
      g.text(svg, left - 0.5 * em, d * h + h / 2 + 0.35 * em, c.tr('analyst.day.' + d), 'end');
    }
    var hours = width < 40 * em ? 6 : 3;
    for (var t = 0; t < 24; t += hours) {
      g.text(svg, left + t * 60 / profile.slot_minutes / by * w, height - 0.3 * em, time(t * 60), t ? 'mid' : '');
    }
    var frame = g.node('rect', { x: 0, y: 0, width: 0, height: 0, 'class': 'here' });
    svg.appendChild(frame);
    plot.appendChild(svg);
    legend(most, by, em);
    var minutes = by * profile.slot_minutes;
    nodes.reader.use({
      count: all.length, first: Math.floor(across / 2),
      moves: { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -across, ArrowDown: across },
      near: function (px, py) {
        var column = Math.floor((px - left) / w);
        var row = Math.floor(py / h);
        return column < 0 || column >= across || row < 0 || row > 6 ? -1 : row * across + column;
      },
      say: function (i) {
        var from = i % across * minutes;
        return said(all[i], Math.floor(i / across), from, from + minutes);
      },
      show: function (i) {
        var shown = i < 0 ? [0, 0, 0, 0] : [left + i % across * w, Math.floor(i / across) * h, w, h];
        ['x', 'y', 'width', 'height'].forEach(function (key, k) { frame.setAttribute(key, shown[k]); });
      }
    });
  }
  function legend(most, by, em) {
    nodes.legend.textContent = '';
    function key(cell, words, id) {
      var part = c.add(nodes.legend, c.el('span', 'key chart-key'));
      var svg = g.node('svg', { width: 2 * em, height: em, viewBox: '0 0 ' + 2 * em + ' ' + em });
      svg.setAttribute('class', 'swatch-box chart');
      svg.setAttribute('aria-hidden', 'true');
      patterns(svg, em, id);
      fill(svg, [0, 0, 2 * em, em], cell, most || 1, id);
      part.appendChild(svg);
      part.appendChild(document.createTextNode(words));
    }
    var enough = profile.weeks_enough;
    if (most > 0) {
      SHARES.forEach(function (share, i) {
        key({ expected: most * share, weeks: enough }, c.num(most * share), 'K' + i);
      });
      key({ expected: most / 2, weeks: 0 }, c.say('analyst.thin', { n: enough }), 'T');
    }
    key({ closed: true }, c.tr('analyst.closed'), 'C');
    key({ expected: null }, c.tr('analyst.unknown'), 'U');
    var length = c.say('minutes', { n: by * profile.slot_minutes });
    nodes.about.textContent = '';
    nodes.about.appendChild(document.createTextNode(c.say('analyst.week.about', { length: length }) + ' '));
    nodes.about.appendChild(c.name(profile.timezone));
  }
  return {
    load: function (told) {
      profile = told;
      if (!nodes) { build(); }
      draw();
    },
    draw: function () { if (nodes) { draw(); } }
  };
}());
