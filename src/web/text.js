// Words, numbers, times and nodes. ES5 syntax, no library: screens on walls are old.
// Every text goes through textContent.
window.callsurge = (function () {
  'use strict';
  var words = {};
  // The server's clock: its instant at a reading of ours that never jumps.
  var told = { at: 0, read: 0, stands: false };

  function steady() { return window.performance ? performance.now() : Date.now(); }
  function tr(key) { return Object.prototype.hasOwnProperty.call(words, key) ? words[key] : key; }
  // Fills {name} of a sentence.
  function say(key, parts) {
    return tr(key).replace(/\{(\w+)\}/g, function (all, name) {
      return Object.prototype.hasOwnProperty.call(parts, name) ? parts[name] : all;
    });
  }
  // A verdict in a sentence of the service, in the language of the page.
  function explained(told) {
    return told && told.explanation ? told.explanation[document.documentElement.lang] || '' : '';
  }
  function el(tag, cls, text) {
    var node = document.createElement(tag);
    if (cls) { node.className = cls; }
    if (text !== undefined) { node.textContent = text; }
    return node;
  }
  function add(parent, node) {
    parent.appendChild(node);
    return node;
  }
  // Touches a node only where something changes, so that nothing flickers or is read out twice.
  function set(node, text) {
    if (node.textContent !== text) { node.textContent = text; }
  }
  // A list of sentences, touched only where one changed.
  function list(node, texts) {
    while (node.children.length > texts.length) { node.removeChild(node.lastChild); }
    texts.forEach(function (text, i) { set(node.children[i] || add(node, el('li')), text); });
  }
  function show(node, shown) {
    if (node.hidden === shown) { node.hidden = !shown; }
  }
  // A name of anybody's making, kept apart from the direction of the text around it. Cut to a
  // length only where it is one of many; the whole is a hover away.
  function name(text, most) {
    var node = el('bdi', 'name', most && text.length > most ? cut(text, most) : text);
    node.setAttribute('dir', 'auto');
    if (node.textContent !== text) { node.title = text; }
    return node;
  }
  function cut(text, most) { return text.slice(0, most - 1).replace(/[\uD800-\uDBFF]$/, '') + '…'; }

  // A choice among names, rebuilt only where they changed.
  function options(node, pairs, chosen) {
    var known = JSON.stringify(pairs);
    if (node.getAttribute('data-known') !== known) {
      node.setAttribute('data-known', known);
      node.textContent = '';
      pairs.forEach(function (pair) { add(node, el('option', pair[2] || 'name', pair[1])).value = pair[0]; });
    }
    if (node.value !== chosen) { node.value = chosen; }
  }
  // What the address asks for: null where it does not, '' where it is malformed.
  function asked(key) {
    var match = new RegExp('[?&]' + key + '=([^&]*)').exec(location.search);
    if (!match) { return null; }
    try { return decodeURIComponent(match[1].replace(/\+/g, ' ')); } catch (malformed) { return ''; }
  }

  function ask(path, options) {
    return fetch(path, Object.assign({ credentials: 'same-origin' }, options));
  }
  function json(response) {
    if (!response.ok) { throw new Error(String(response.status)); }
    return response.json();
  }
  function two(n) { return (n < 10 ? '0' : '') + n; }
  function span(ms) {
    var s = Math.max(0, Math.floor(ms / 1000));
    var h = Math.floor(s / 3600);
    return (h ? h + ':' + two(Math.floor(s / 60) % 60) : Math.floor(s / 60)) + ':' + two(s % 60);
  }
  function clock(ms) {
    var d = new Date(ms);
    return two(d.getHours()) + ':' + two(d.getMinutes()) + ':' + two(d.getSeconds());
  }
  function minute(ms) {
    var d = new Date(ms);
    return two(d.getHours()) + ':' + two(d.getMinutes());
  }
  function sync(iso, stands) { told = { at: Date.parse(iso), read: steady(), stands: stands }; }
  // A journal that is only shown has a clock that stands.
  function now() { return told.stands ? told.at : told.at + steady() - told.read; }
  // The server's clock when it was last heard.
  function heard() { return told.at; }
  function known(value) { return value !== null && value !== undefined; }
  function num(value) {
    if (!known(value)) { return tr('none'); }
    return String(value < 10 ? Math.round(value * 10) / 10 : Math.round(value));
  }
  function percent(value) {
    // Down, so that no rate reads as reached before it is.
    return known(value) ? Math.floor(value * 100 + 1e-9) + ' %' : tr('none');
  }
  function seconds(value) {
    var whole = value >= 60 && value % 60 === 0;
    return whole ? say('minutes', { n: value / 60 }) : say('seconds', { n: Math.round(value) });
  }

  return {
    learn: function (loaded) { words = loaded; },
    steady: steady, tr: tr, say: say, el: el, add: add, set: set, list: list, show: show, name: name,
    explained: explained, options: options, asked: asked, ask: ask, json: json, two: two, span: span, clock: clock, minute: minute,
    sync: sync, now: now, heard: heard, known: known, num: num, percent: percent, seconds: seconds
  };
}());
