// Observed calls against what is normal, as SVG. No number is told by colour alone: lines differ
// in dash and width, excess is hatched, levels are written. Where nothing was judged there is no
// line.
callsurge.chart = function (box) {
  'use strict';
  var c = callsurge;
  var NS = 'http://www.w3.org/2000/svg';
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
    var svg = node('svg', { width: width, height: height, viewBox: '0 0 ' + width + ' ' + height });
    svg.setAttribute('role', 'img');
    svg.setAttribute('aria-label', state.label);
    function x(at) {
      return area.right - (now - at) / (hours * HOUR) * (area.right - area.left);
    }
    function y(n) { return area.bottom - n / top * (area.bottom - area.top); }

    hatch(svg, 'gap' + id, 'gap-lines', em * 0.5);
    hatch(svg, 'over' + id, 'over-lines', em * 0.3);
    axes(svg, area, x, y, top, hours, now, em);
    var runs = inRuns(seen);
    gaps(runs, now, hours, state.blind).forEach(function (gap) {
      rect(svg, x(gap.from), area.top, x(gap.to), area.bottom, 'gap', 'url(#gap' + id + ')');
      if (x(gap.to) - x(gap.from) > 5 * em) {
        text(svg, (x(gap.from) + x(gap.to)) / 2, area.top + 1.4 * em, c.tr('chart.gap'), 'mid');
      }
    });
    runs.forEach(function (run) {
      path(svg, 'band', upTo(run, x, y, 'upper', area.bottom));
      path(svg, 'over', between(run, x, y), 'url(#over' + id + ')');
      path(svg, 'upper', line(run, x, y, 'upper'));
      path(svg, 'observed-edge', line(run, x, y, 'observed'));
      path(svg, 'observed', line(run, x, y, 'observed'));
      path(svg, 'expected-edge', line(run, x, y, 'expected'));
      path(svg, 'expected', line(run, x, y, 'expected'));
    });
    levels(svg, seen, x, area, now, em, state);
    if (!seen.length) {
      text(svg, (area.left + area.right) / 2, area.top + (area.bottom - area.top) / 4, c.tr('chart.empty'), 'mid');
    }
    box.appendChild(svg);
  }

  function node(tag, attributes) {
    var made = document.createElementNS(NS, tag);
    Object.keys(attributes).forEach(function (key) { made.setAttribute(key, attributes[key]); });
    return made;
  }
  function path(svg, cls, d, fill) {
    if (!d) { return; }
    var made = node('path', { d: d, 'class': cls });
    if (fill) { made.setAttribute('fill', fill); }
    svg.appendChild(made);
  }
  function rect(svg, x1, y1, x2, y2, cls, fill) {
    var size = { x: x1, y: y1, width: Math.max(0, x2 - x1), height: y2 - y1, 'class': cls };
    if (fill) { size.fill = fill; }
    svg.appendChild(node('rect', size));
  }
  function text(svg, x, y, words, cls) {
    var made = node('text', { x: x, y: y, 'class': cls });
    made.textContent = words;
    svg.appendChild(made);
  }
  function hatch(svg, name, cls, step) {
    var pattern = node('pattern', {
      id: name, width: step, height: step, patternUnits: 'userSpaceOnUse',
      patternTransform: 'rotate(45)'
    });
    pattern.appendChild(node('line', { x1: 0, y1: 0, x2: 0, y2: step, 'class': cls }));
    svg.appendChild(pattern);
  }

  // A young curve is not drawn into a corner.
  function reach(points, now, most) {
    var age = points.length ? (now - points[0].at + points[0].length) / HOUR : most;
    return Math.min(most, Math.max(1, Math.ceil(age * 4) / 4));
  }
  // Room above the highest line, at a round number.
  function highest(points) {
    var most = points.reduce(function (m, p) { return Math.max(m, p.observed, p.upper); }, 4) * 1.05;
    var step = Math.pow(10, Math.floor(Math.log(most) / Math.LN10));
    var good = [1, 1.2, 1.4, 1.6, 2, 2.4, 3, 4, 5, 6, 8, 10].filter(function (k) { return k * step >= most; });
    return good[0] * step;
  }
  function axes(svg, area, x, y, top, hours, now, em) {
    [0, 0.5, 1].forEach(function (share) {
      var at = y(top * share);
      svg.appendChild(node('line',
        { x1: area.left, y1: at, x2: area.right, y2: at, 'class': share ? 'rule' : 'base' }));
      text(svg, area.left - 0.5 * em, at + 0.35 * em, c.num(top * share), 'end');
    });
    var step = hours > 3 ? HOUR : hours > 1.5 ? HOUR / 2 : HOUR / 4;
    var shift = new Date(now).getTimezoneOffset() * 60000;
    var at = Math.floor((now - shift) / step) * step + shift;
    for (; at > now - hours * HOUR; at -= step) {
      svg.appendChild(node('line',
        { x1: x(at), y1: area.top, x2: x(at), y2: area.bottom, 'class': 'rule' }));
      if (x(at) > area.left + em && x(at) < area.right - em) {
        text(svg, x(at), area.bottom + 3 * em, c.minute(at), 'mid');
      }
    }
  }

  // Neighbours belong together; a hole of more than half an interval parts them.
  function inRuns(points) {
    var runs = [];
    points.forEach(function (p, i) {
      var before = points[i - 1];
      if (!before || p.at - p.length - before.at > p.length / 2) { runs.push([]); }
      runs[runs.length - 1].push(p);
    });
    return runs;
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
  function line(run, x, y, key) {
    // A single interval is drawn over its own length.
    var first = { at: run[0].at - run[0].length };
    first[key] = run[0][key];
    return [first].concat(run).map(function (p, i) {
      return (i ? 'L' : 'M') + x(p.at).toFixed(1) + ' ' + y(p[key]).toFixed(1);
    }).join('');
  }
  function upTo(run, x, y, key, bottom) {
    var last = run[run.length - 1];
    return line(run, x, y, key) + 'L' + x(last.at).toFixed(1) + ' ' + bottom +
      'L' + x(run[0].at - run[0].length).toFixed(1) + ' ' + bottom + 'Z';
  }
  // The area by which observed exceeds the limit.
  function between(run, x, y) {
    var d = '';
    run.forEach(function (p, i) {
      var q = run[i - 1] || { at: p.at - p.length, observed: p.observed, upper: p.upper };
      if (p.observed <= p.upper && q.observed <= q.upper) { return; }
      d += 'M' + [[q.at, Math.max(q.observed, q.upper)], [p.at, Math.max(p.observed, p.upper)],
        [p.at, p.upper], [q.at, q.upper]].map(function (corner) {
        return x(corner[0]).toFixed(1) + ' ' + y(corner[1]).toFixed(1);
      }).join('L') + 'Z';
    });
    return d;
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
      rect(svg, left, from, x(part.to), to, 'level s' + part.stage);
      if (i) {
        svg.appendChild(node('line', { x1: left, y1: area.top, x2: left, y2: to, 'class': 'step' }));
      }
      if (x(part.to) - left > 1.2 * em) {
        text(svg, (left + x(part.to)) / 2, to - 0.35 * em, String(part.stage),
          'mid digit s' + part.stage);
      }
    });
  }
  return { draw: draw };
};
