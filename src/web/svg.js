// What every curve is made of: nodes, hatching, round numbers, runs of neighbours.
callsurge.svg = (function () {
  'use strict';
  var NS = 'http://www.w3.org/2000/svg';

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

  // The round number above.
  function above(most) {
    var step = Math.pow(10, Math.floor(Math.log(most) / Math.LN10));
    var good = [1, 1.2, 1.4, 1.6, 2, 2.4, 3, 4, 5, 6, 8, 10].filter(function (k) { return k * step >= most; });
    return good[0] * step;
  }
  // Neighbours belong together; a hole of more than half an interval parts them.
  function runs(points) {
    var found = [];
    points.forEach(function (p, i) {
      var before = points[i - 1];
      if (!before || p.at - p.length - before.at > p.length / 2) { found.push([]); }
      found[found.length - 1].push(p);
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

  return {
    node: node, path: path, rect: rect, text: text, hatch: hatch, above: above, runs: runs, line: line,
    between: between
  };
}());
