// Observed against expected over a span, and below it what is left, in standard deviations. Limits
// and scatter are those that the detector reckons with now.
callsurge.study.curve = (function () {
  'use strict';
  var c = callsurge;
  var g = callsurge.svg;
  var HOUR = 3600000;
  var DAY = 24 * HOUR;
  var MOST_SD = 10; // beyond it a residual is drawn at the edge
  var past = null;
  var points = [];
  var nodes = null;

  function build() {
    var box = document.getElementById('curve');
    nodes = { title: c.add(box, c.el('h2')), about: c.add(box, c.el('p', 'small')) };
    nodes.band = c.add(box, c.el('div', 'chart plot curve'));
    nodes.band.id = 'band';
    nodes.legend = c.add(box, c.el('p', 'legend'));
    [['observed', 'observed'], ['expected', 'expected'], ['sure', 'sure'], ['limit', 'upper'], ['over', 'over']]
      .forEach(function (pair) {
        var part = c.add(nodes.legend, c.el('span', 'key'));
        part.appendChild(c.el('i', 'swatch ' + pair[0]));
        part.appendChild(document.createTextNode(c.tr(pair[1] === 'sure' ? 'analyst.sure' : 'legend.' + pair[1])));
      });
    c.add(box, c.el('h3', '', c.tr('analyst.residuals')));
    c.add(box, c.el('p', 'small', c.tr('analyst.residuals.about')));
    nodes.rest = c.add(box, c.el('div', 'chart plot low'));
    nodes.rest.id = 'rest';
    nodes.bandReader = callsurge.study.reader(nodes.band, c.tr('analyst.curve'));
    nodes.restReader = callsurge.study.reader(nodes.rest, c.tr('analyst.residuals'));
  }
  function stamp(ms) {
    var d = new Date(ms);
    return c.two(d.getMonth() + 1) + '-' + c.two(d.getDate()) + ' ' + c.minute(ms);
  }
  // Marks of the time axis: hours, or days with their date.
  function marks(from, to, width, em) {
    var room = Math.max(2, Math.floor(width / (5 * em)));
    var step = [HOUR / 4, HOUR / 2, HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 4 * DAY, 7 * DAY]
      .filter(function (s) { return (to - from) / s <= room || s === 7 * DAY; })[0];
    var shift = new Date(to).getTimezoneOffset() * 60000;
    var found = [];
    for (var at = Math.ceil((from - shift) / step) * step + shift; at <= to; at += step) {
      var midnight = (at - shift) % DAY === 0;
      found.push({ at: at, words: midnight ? stamp(at).slice(0, 5) : c.minute(at) });
    }
    return found;
  }
  // A drawing with its axes; `rows` are the values that are written at the left.
  function frame(box, label, low, high, rows, digits) {
    var size = { width: box.clientWidth, height: box.clientHeight };
    box.textContent = '';
    if (size.width < 120) { return null; }
    var em = parseFloat(getComputedStyle(box).fontSize) || 16;
    var svg = g.node('svg', { width: size.width, height: size.height, viewBox: '0 0 ' + size.width + ' ' + size.height });
    svg.setAttribute('role', 'img');
    svg.setAttribute('aria-label', label);
    var area = { left: 3.4 * em, right: size.width - 0.8 * em, top: 0.7 * em, bottom: size.height - 1.9 * em };
    var from = Date.parse(past.since);
    var to = Date.parse(past.until);
    function x(at) { return area.left + (at - from) / (to - from) * (area.right - area.left); }
    function y(n) { return area.bottom - (n - low) / (high - low) * (area.bottom - area.top); }
    rows.forEach(function (row) {
      svg.appendChild(g.node('line',
        { x1: area.left, y1: y(row), x2: area.right, y2: y(row), 'class': row === 0 ? 'base' : 'rule' }));
      g.text(svg, area.left - 0.5 * em, y(row) + 0.35 * em, digits(row), 'end');
    });
    marks(from, to, area.right - area.left, em).forEach(function (mark) {
      svg.appendChild(g.node('line',
        { x1: x(mark.at), y1: area.top, x2: x(mark.at), y2: area.bottom, 'class': 'rule' }));
      if (x(mark.at) > area.left + 1.5 * em && x(mark.at) < area.right - 1.5 * em) {
        g.text(svg, x(mark.at), area.bottom + 1.4 * em, mark.words, 'mid');
      }
    });
    box.appendChild(svg);
    return { svg: svg, area: area, em: em, x: x, y: y, from: from, to: to };
  }
  // Stretches without a row; the one that runs is none yet.
  function holes(f) {
    var last = f.from;
    var found = [];
    points.concat([{ at: f.to, length: 0 }]).forEach(function (p, i) {
      var least = i < points.length ? p.length / 2 : 2 * (points.length ? points[i - 1].length : 0);
      if (p.at - p.length - last > least) { found.push([last, p.at - p.length]); }
      last = Math.max(last, p.at);
    });
    return found;
  }
  function both(run, f) {
    var there = run.map(function (p) { return { at: p.at, length: p.length, v: p.expected + 2 * p.sd }; });
    var back = run.map(function (p) {
      return f.x(p.at).toFixed(1) + ' ' + f.y(Math.max(0, p.expected - 2 * p.sd)).toFixed(1);
    }).reverse();
    var first = run[0];
    back.push(f.x(first.at - first.length).toFixed(1) + ' ' + f.y(Math.max(0, first.expected - 2 * first.sd)).toFixed(1));
    return g.line(there, f.x, f.y, 'v') + 'L' + back.join('L') + 'Z';
  }
  function cursor(f) {
    var line = g.node('line', { x1: 0, y1: f.area.top, x2: 0, y2: f.area.bottom, 'class': 'cursor' });
    line.setAttribute('visibility', 'hidden');
    f.svg.appendChild(line);
    return line;
  }
  function read(reader, f, list, say) {
    var line = cursor(f);
    reader.use({
      count: list.length, first: list.length - 1,
      moves: { ArrowLeft: -1, ArrowRight: 1, Home: -list.length, End: list.length },
      near: function (px) {
        var best = -1;
        list.forEach(function (p, i) {
          var off = Math.abs(f.x(p.at) - px);
          if (best < 0 || off < Math.abs(f.x(list[best].at) - px)) { best = i; }
        });
        return best;
      },
      say: function (i) { return say(list[i]); },
      show: function (i) {
        line.setAttribute('visibility', i < 0 ? 'hidden' : 'visible');
        if (i >= 0) {
          line.setAttribute('x1', f.x(list[i].at));
          line.setAttribute('x2', f.x(list[i].at));
        }
      }
    });
  }
  function drawBand() {
    var told = points.filter(function (p) { return p.observed !== null; });
    var judged = told.filter(function (p) { return p.sd !== null; });
    var most = told.reduce(function (m, p) {
      return Math.max(m, p.observed, p.upper || 0, p.expected === null ? 0 : p.expected + 2 * (p.sd || 0));
    }, 4) * 1.05;
    var top = g.above(most);
    var f = frame(nodes.band, c.tr('analyst.curve'), 0, top, [0, top / 2, top], c.num);
    if (!f) { return; }
    g.hatch(f.svg, 'hole', 'gap-lines', f.em * 0.5);
    g.hatch(f.svg, 'more', 'over-lines', f.em * 0.3);
    holes(f).forEach(function (hole) {
      g.rect(f.svg, f.x(hole[0]), f.area.top, f.x(hole[1]), f.area.bottom, 'gap', 'url(#hole)');
    });
    g.runs(judged).forEach(function (run) {
      g.path(f.svg, 'sure', both(run, f));
      g.path(f.svg, 'excess', g.between(run, f.x, f.y), 'url(#more)');
      g.path(f.svg, 'upper', g.line(run, f.x, f.y, 'upper'));
    });
    g.runs(told).forEach(function (run) {
      g.path(f.svg, 'observed-edge', g.line(run, f.x, f.y, 'observed'));
      g.path(f.svg, 'observed', g.line(run, f.x, f.y, 'observed'));
    });
    g.runs(told.filter(function (p) { return p.expected !== null; })).forEach(function (run) {
      g.path(f.svg, 'expected-edge', g.line(run, f.x, f.y, 'expected'));
      g.path(f.svg, 'expected', g.line(run, f.x, f.y, 'expected'));
    });
    if (!told.length) { empty(f); }
    read(nodes.bandReader, f, points, function (p) {
      var time = stamp(p.at);
      if (p.observed === null) { return c.say('analyst.point.part', { time: time, n: p.missing }); }
      return c.say(p.expected === null ? 'analyst.point.unjudged' : 'analyst.point',
        { time: time, observed: p.observed, expected: c.num(p.expected), upper: c.num(p.upper) });
    });
  }
  function empty(f) {
    g.text(f.svg, (f.area.left + f.area.right) / 2, (f.area.top + f.area.bottom) / 2, c.tr('analyst.no_rows'), 'mid');
  }
  function drawRest() {
    var list = points.filter(function (p) { return p.z !== null; });
    var most = list.reduce(function (m, p) { return Math.max(m, Math.abs(p.z)); }, 0);
    var edge = Math.min(MOST_SD, Math.max(4, Math.ceil(most)));
    var f = frame(nodes.rest, c.tr('analyst.residuals'), -edge, edge, [-edge, -2, 0, 2, edge], String);
    if (!f) { return; }
    // Bars as wide as there is room; those beyond 3 stand out in colour and in width.
    var width = list.length ? (f.area.right - f.area.left) * list[0].length / (f.to - f.from) : 1;
    ['residual', 'far'].forEach(function (kind) {
      var d = list.filter(function (p) { return (Math.abs(p.z) > 3) === (kind === 'far'); }).map(function (p) {
        var z = Math.max(-edge, Math.min(edge, p.z));
        return 'M' + f.x(p.at - p.length / 2).toFixed(1) + ' ' + f.y(0).toFixed(1) + 'V' + f.y(z).toFixed(1);
      }).join('');
      if (!d) { return; }
      var bars = g.node('path', { d: d, 'class': kind });
      bars.setAttribute('stroke-width', Math.max(kind === 'far' ? 2 : 0.8, Math.min(12, width * 0.7)).toFixed(1));
      f.svg.appendChild(bars);
    });
    if (!list.length) { empty(f); }
    read(nodes.restReader, f, list, function (p) {
      return c.say('analyst.point.residual', { time: stamp(p.at), n: p.z.toFixed(1) });
    });
  }
  function draw() {
    if (!past) { return; }
    var length = points.length ? c.seconds(points[points.length - 1].length / 1000) : c.tr('none');
    c.set(nodes.title, c.tr('analyst.curve') + (points.length ? ' · ' + c.say('analyst.calls_in', { length: length }) : ''));
    c.set(nodes.about, c.say('analyst.curve.about', { from: stamp(Date.parse(past.since)), to: stamp(Date.parse(past.until)) }) +
      (past.cut ? ' ' + c.tr('analyst.cut') : ''));
    drawBand();
    drawRest();
  }
  function point(p) {
    return {
      at: Date.parse(p.at), length: p.length_seconds * 1000, observed: p.observed, expected: p.expected,
      sd: p.sd, upper: p.upper, missing: p.queues_missing,
      z: p.residual
    };
  }
  return {
    load: function (told) {
      past = told;
      points = told ? told.points.map(point) : [];
      if (!nodes) { build(); }
      draw();
    },
    draw: function () { if (nodes) { draw(); } }
  };
}());
