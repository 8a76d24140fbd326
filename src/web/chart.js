// Observed calls against what is normal, as SVG. No number is told by colour alone: lines differ
// in dash and width, excess is hatched, levels are written. Where nothing was judged there is no
// line.
callsurge.chart = function (box) {
  'use strict';
  var c = callsurge;
  var g = callsurge.svg;
  var HOUR = 3600000;
  var id = 0;

  function draw(points, state) {
    var width = box.clientWidth;
    var height = box.clientHeight;
    box.textContent = '';
    if (width < 120 || height < 60) { return; }
    id += 1;
    var em = parseFloat(getComputedStyle(box).fontSize) || 16;
    var now = state.now;
    var hours = reach(points, now, width < 30 * em ? 3 : 6);
    var seen = points.filter(function (p) { return p.at > now - hours * HOUR && p.at <= now; });
    var area = { left: 3.2 * em, right: width - 0.6 * em, top: 0.8 * em, bottom: height - 3.3 * em };
    var top = highest(seen);
    var svg = g.node('svg', { width: width, height: height, viewBox: '0 0 ' + width + ' ' + height });
    svg.setAttribute('role', 'img');
    svg.setAttribute('aria-label', state.label);
    function x(at) {
      return area.right - (now - at) / (hours * HOUR) * (area.right - area.left);
    }
    function y(n) { return area.bottom - n / top * (area.bottom - area.top); }

    g.hatch(svg, 'gap' + id, 'gap-lines', em * 0.5);
    g.hatch(svg, 'over' + id, 'over-lines', em * 0.3);
    axes(svg, area, x, y, top, hours, now, em);
    var runs = g.runs(seen);
    gaps(runs, now, hours, state.blind).forEach(function (gap) {
      g.rect(svg, x(gap.from), area.top, x(gap.to), area.bottom, 'gap', 'url(#gap' + id + ')');
      if (x(gap.to) - x(gap.from) > 5 * em) {
        g.text(svg, (x(gap.from) + x(gap.to)) / 2, area.top + 1.4 * em, c.tr('chart.gap'), 'mid');
      }
    });
    runs.forEach(function (run) {
      g.path(svg, 'band', upTo(run, x, y, 'upper', area.bottom));
      g.path(svg, 'over', g.between(run, x, y), 'url(#over' + id + ')');
      g.path(svg, 'upper', g.line(run, x, y, 'upper'));
      g.path(svg, 'observed-edge', g.line(run, x, y, 'observed'));
      g.path(svg, 'observed', g.line(run, x, y, 'observed'));
      g.path(svg, 'expected-edge', g.line(run, x, y, 'expected'));
      g.path(svg, 'expected', g.line(run, x, y, 'expected'));
    });
    levels(svg, seen, x, area, now, em, state);
    if (!seen.length) {
      g.text(svg, (area.left + area.right) / 2, area.top + (area.bottom - area.top) / 4, c.tr('chart.empty'), 'mid');
    }
    box.appendChild(svg);
  }

  // A young curve is not drawn into a corner.
  function reach(points, now, most) {
    var age = points.length ? (now - points[0].at + points[0].length) / HOUR : most;
    return Math.min(most, Math.max(1, Math.ceil(age * 4) / 4));
  }
  function highest(points) {
    return g.above(points.reduce(function (m, p) { return Math.max(m, p.observed, p.upper); }, 4) * 1.05);
  }
  function axes(svg, area, x, y, top, hours, now, em) {
    [0, 0.5, 1].forEach(function (share) {
      var at = y(top * share);
      svg.appendChild(g.node('line',
        { x1: area.left, y1: at, x2: area.right, y2: at, 'class': share ? 'rule' : 'base' }));
      g.text(svg, area.left - 0.5 * em, at + 0.35 * em, c.num(top * share), 'end');
    });
    var step = hours > 3 ? HOUR : hours > 1.5 ? HOUR / 2 : HOUR / 4;
    var shift = new Date(now).getTimezoneOffset() * 60000;
    var at = Math.floor((now - shift) / step) * step + shift;
    for (; at > now - hours * HOUR; at -= step) {
      svg.appendChild(g.node('line',
        { x1: x(at), y1: area.top, x2: x(at), y2: area.bottom, 'class': 'rule' }));
      if (x(at) > area.left + em && x(at) < area.right - em) {
        g.text(svg, x(at), area.bottom + 3 * em, c.minute(at), 'mid');
      }
    }
  }

  // Stretches in which nothing was judged, the one that lasts included.
  function gaps(runs, now, hours, blind) {
    var found = [];
    runs.forEach(function (run, i) {
      var last = run[run.length - 1];
      var next = runs[i + 1];
      if (next) {
        found.push({ from: last.at, to: next[0].at - next[0].length });
      } else if (blind || now - last.at > 5 * last.length) {
        found.push({ from: last.at, to: now });
      }
    });
    return found;
  }
  function upTo(run, x, y, key, bottom) {
    var last = run[run.length - 1];
    return g.line(run, x, y, key) + 'L' + x(last.at).toFixed(1) + ' ' + bottom +
      'L' + x(run[0].at - run[0].length).toFixed(1) + ' ' + bottom + 'Z';
  }
  // The level in force along the foot of the curve, written where there is room.
  function levels(svg, points, x, area, now, em, state) {
    var from = area.bottom + 0.4 * em;
    var to = from + 1.5 * em;
    var parts = [];
    points.forEach(function (p) {
      var last = parts[parts.length - 1];
      if (last && last.stage === p.stage) { last.to = p.at; return; }
      if (last) { last.to = p.at; }
      parts.push({ stage: p.stage, from: last ? p.at : p.at - p.length, to: p.at });
    });
    var end = parts[parts.length - 1];
    if (end && end.stage !== state.stage) {
      parts.push({ stage: state.stage, from: end.to, to: now });
    } else if (end) {
      end.to = now;
    }
    parts.forEach(function (part, i) {
      var left = Math.max(area.left, x(part.from));
      g.rect(svg, left, from, x(part.to), to, 'level s' + part.stage);
      if (i) {
        svg.appendChild(g.node('line', { x1: left, y1: area.top, x2: left, y2: to, 'class': 'step' }));
      }
      if (x(part.to) - left > 1.2 * em) {
        g.text(svg, (left + x(part.to)) / 2, to - 0.35 * em, String(part.stage),
          'mid digit s' + part.stage);
      }
    });
  }
  return { draw: draw };
};
