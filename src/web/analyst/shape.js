// How the residuals lie, beside a normal distribution, and what that means in words.
callsurge.study.shape = (function () {
  'use strict';
  var c = callsurge;
  var g = callsurge.svg;
  var FEW = 50; // intervals of which no shape is told
  var SMALL = 10; // calls below which counts are skewed by their nature
  var rest = null;
  var nodes = null;

  function build() {
    var box = document.getElementById('shape');
    c.add(box, c.el('h2', '', c.tr('analyst.shape')));
    nodes = { plot: c.add(box, c.el('div', 'chart plot low')) };
    nodes.plot.id = 'histogram';
    nodes.reader = callsurge.study.reader(nodes.plot, c.tr('analyst.shape'));
    nodes.legend = c.add(box, c.el('p', 'legend'));
    [['sure', 'analyst.shape.counted'], ['observed', 'analyst.shape.normal']].forEach(function (pair) {
      var part = c.add(nodes.legend, c.el('span', 'key'));
      part.appendChild(c.el('i', 'swatch ' + pair[0]));
      part.appendChild(document.createTextNode(c.tr(pair[1])));
    });
    nodes.words = c.add(box, c.el('ul', 'verdict'));
  }
  function share(n) { return (n * 100).toFixed(1) + ' %'; }
  // The check in words: level, scatter, extremes, and how far it is to be trusted.
  function words(r) {
    if (!r || r.count < FEW) { return [c.say('analyst.shape.few', { n: r ? r.count : 0, need: FEW })]; }
    var off = Math.abs(r.mean).toFixed(2);
    var level = off < 0.1 ? c.tr('analyst.level.right')
      : c.say(r.mean > 0 ? 'analyst.level.low' : 'analyst.level.high', { n: off });
    var scatter = c.say(r.sd > 1.25 ? 'analyst.scatter.wide' : r.sd < 0.8 ? 'analyst.scatter.narrow'
      : 'analyst.scatter.right', { n: r.sd.toFixed(2) });
    var extremes = c.say(r.beyond_3 > 0.008 ? 'analyst.extremes.many' : 'analyst.extremes.usual',
      { two: share(r.beyond_2), three: share(r.beyond_3) });
    var said = [level, scatter, extremes,
      c.say('analyst.shape.distance', { n: r.count, distance: r.distance.toFixed(2) })];
    return r.mean_expected < SMALL ? said.concat(c.say('analyst.shape.small', { n: c.num(r.mean_expected) })) : said;
  }
  function edge(value) { return String(value).replace('-', '−'); }
  function range(bin) {
    if (bin.from === null) { return '< ' + edge(bin.to); }
    return bin.to === null ? '≥ ' + edge(bin.from) : edge(bin.from) + ' … ' + edge(bin.to);
  }
  function draw() {
    var plot = nodes.plot;
    var width = plot.clientWidth;
    var height = plot.clientHeight;
    plot.textContent = '';
    c.list(nodes.words, words(rest));
    c.show(plot, rest !== null);
    c.show(nodes.legend, rest !== null);
    if (!rest || width < 120) { nodes.reader.use(null); return; }
    var em = parseFloat(getComputedStyle(plot).fontSize) || 16;
    var area = { left: 3.2 * em, right: width - 0.6 * em, top: 0.6 * em, bottom: height - 1.9 * em };
    var top = g.above(rest.bins.reduce(function (m, b) { return Math.max(m, b.count, b.normal); }, 4) * 1.05);
    var w = (area.right - area.left) / rest.bins.length;
    var svg = g.node('svg', { width: width, height: height, viewBox: '0 0 ' + width + ' ' + height });
    svg.setAttribute('role', 'img');
    svg.setAttribute('aria-label', words(rest).join(' '));
    function y(n) { return area.bottom - n / top * (area.bottom - area.top); }
    [0, 0.5, 1].forEach(function (part) {
      svg.appendChild(g.node('line',
        { x1: area.left, y1: y(top * part), x2: area.right, y2: y(top * part), 'class': part ? 'rule' : 'base' }));
      g.text(svg, area.left - 0.5 * em, y(top * part) + 0.35 * em, c.num(top * part), 'end');
    });
    var d = '';
    rest.bins.forEach(function (bin, i) {
      var x = area.left + i * w;
      g.rect(svg, x + 1, y(bin.count), x + w - 1, area.bottom, 'bar');
      d += (i ? 'L' : 'M') + (x + w / 2).toFixed(1) + ' ' + y(bin.normal).toFixed(1);
      if (bin.from !== null && bin.from % 2 === 0) {
        g.text(svg, x, area.bottom + 1.4 * em, edge(bin.from), 'mid');
      }
    });
    g.path(svg, 'normal', d);
    var here = g.node('rect', { x: 0, y: area.top, width: 0, height: area.bottom - area.top, 'class': 'cursor' });
    svg.appendChild(here);
    plot.appendChild(svg);
    nodes.reader.use({
      count: rest.bins.length, first: rest.bins.length / 2, moves: { ArrowLeft: -1, ArrowRight: 1 },
      near: function (px) { return Math.floor((px - area.left) / w); },
      say: function (i) {
        var bin = rest.bins[i];
        return c.say('analyst.bin', { range: range(bin), n: bin.count, normal: c.num(bin.normal) });
      },
      show: function (i) {
        here.setAttribute('x', area.left + Math.max(0, i) * w);
        here.setAttribute('width', i < 0 ? 0 : w);
      }
    });
  }
  return {
    load: function (told) {
      rest = told;
      if (!nodes) { build(); }
      draw();
    },
    draw: function () { if (nodes) { draw(); } }
  };
}());
