// The pictures, drawn here: one family of flat shapes, a paper label and a red thread around
// everything that leaves the house. Products stand in a square of 400, scenes in 640 × 520. Scenes
// follow the light of their reader; products have the colours that they have.
const ink = '#2f2624'
const paper = '#f8f2e7'
const thread = '#b4432c'

const tones = {
  'light-roast': ['#e2bd75', '#c99b4a', '#a87b30'],
  'medium-roast': ['#cc8157', '#b0643d', '#8c4a2a'],
  'dark-roast': ['#5d4038', '#47302b', '#2f201e'],
  decaf: ['#4f6488', '#3c4f72', '#2a3a58'],
  'drip-bag': ['#9aa57c', '#7f8b61', '#626d47'],
  gift: ['#e9dcc6', '#d8c5a6', '#b89f78'],
  celebration: ['#f0d9d0', '#e2bfb3', '#c59a8c'],
}

const petals = (n, rx, ry, far, fill) => Array.from({ length: n }, (_, i) =>
  `<ellipse cx="0" cy="${-far}" rx="${rx}" ry="${ry}" fill="${fill}"
    transform="rotate(${(360 / n) * i})"/>`).join('')
const dots = (places, fill) => places.map(([x, y, r]) =>
  `<circle cx="${x}" cy="${y}" r="${r}" fill="${fill}"/>`).join('')
const leaf = (x, y, turn, fill, size = 1) => `<path transform="translate(${x} ${y}) rotate(${turn})
  scale(${size})" d="M0 0C8-14 24-18 38-12 32 4 16 10 0 0Z" fill="${fill}"/>`

// What a bean tastes of, as a seal of about 80 across.
const motifs = {
  kochere: petals(5, 9, 16, 18, '#fff') + petals(5, 4, 9, 14, '#f3d3c6') +
    dots([[0, 0, 6]], '#d9a441'),
  'nyeri-hill': dots([[-13, -6, 13], [13, -8, 13], [0, 14, 14]], '#5b3352') +
    dots([[-17, -11, 3], [9, -13, 3], [-4, 9, 3]], '#a9799d') +
    leaf(2, -20, -28, '#7f8b61', 0.7),
  'pacamara-finca-sol': '<path d="M-34 14a34 34 0 0 1 68 0Z" fill="#e58f4d"/>' +
    '<path d="M-22 14a22 22 0 0 1 44 0Z" fill="#f3b876"/>' +
    '<path d="M-38 20h76M-28 27h56" stroke="#c27a3a" stroke-width="3" stroke-linecap="round"/>',
  'tsumugi-blend': ['#b4432c', '#c99b4a', '#7f8b61'].map((color, i) =>
    `<circle cx="${[-12, 12, 0][i]}" cy="${[-7, -7, 13][i]}" r="19" fill="none" stroke="${color}"
      stroke-width="5"/>`).join(''),
  huehue: '<path d="M-38 24 -10-20 2 0 12-12 38 24Z" fill="#6f7d57"/>' +
    '<path d="M-10-20-17-8-9-4-3-8Z" fill="#fff"/>' + dots([[22, -22, 9]], '#e08b3e'),
  'las-flores': petals(8, 6, 14, 17, '#c4603f') + dots([[0, 0, 8]], '#f1cf8e'),
  'early-summer': leaf(0, 6, -40, '#7f9a5c', 1.1) + leaf(0, 6, -130, '#99b176', 0.9) +
    leaf(2, 20, 10, '#6b8549', 0.8) +
    '<path d="M0 30C-2 14 0-4 4-18" stroke="#5d7440" stroke-width="3" fill="none"/>',
  mandheling: [[-22, 12], [0, 12], [22, 12], [-11, -6], [11, -6], [0, -24]].map(([x, y]) =>
    [15, 10, 5].map((r) => `<path d="M${x - r} ${y + 8}a${r} ${r} 0 0 1 ${2 * r} 0" fill="none"
      stroke="#8c4a2a" stroke-width="2.500"/>`).join('')).join(''),
  'night-walk-blend': '<path d="M10-30a30 30 0 1 0 18 44A26 26 0 0 1 10-30Z" fill="#d8b25f"/>' +
    dots([[22, -20, 3], [32, -6, 2], [16, -4, 2]], '#d8b25f'),
  'old-town-french': '<path d="M-36 8-18-12 0 8 18-12 36 8V28H-36Z" fill="#6b4a3d"/>' +
    '<path d="M-22 28V14h9v14M13 28V14h9v14" fill="#e8c987"/>' +
    '<path d="M0-12c-8-8 8-10 0-20" stroke="#a08f83" stroke-width="3" fill="none"/>',
  'decaf-colombia': '<circle r="30" fill="#e9eef2"/>' +
    '<path d="M-30 6c14-10 24 8 38-2 8-6 14-6 22-2A30 30 0 0 1-30 6Z" fill="#8fa6bd"/>' +
    leaf(-6, -2, -50, '#6f8a7a', 0.7),
  'decaf-ethiopia': petals(6, 6, 15, 18, '#dfe6ee') + dots([[0, 0, 7]], '#8296b0') +
    dots([[-30, -24, 2.500], [30, -22, 2], [28, 26, 2.500]], '#8296b0'),
  'decaf-dark': '<circle r="29" fill="#ecd9ae"/>' +
    '<path d="M-38 12h44a9 9 0 0 0-9-10 14 14 0 0 0-26-2 10 10 0 0 0-9 12Z" fill="#6c7f9e"/>',
}

const shadow = (cx, cy, rx) =>
  `<ellipse cx="${cx}" cy="${cy}" rx="${rx}" ry="${rx / 12}" fill="#1b1210" opacity=".13"/>`

const bow = (x, y, size = 1) => `<g transform="translate(${x} ${y}) scale(${size})" fill="none"
  stroke="${thread}" stroke-width="4" stroke-linecap="round" stroke-linejoin="round">
  <path d="M0 0C-10-18-34-20-36-8S-14 6 0 0 34-20 36-8 14 6 0 0"/>
  <path d="M0 0C-6 10-8 20-16 28M0 0C6 10 8 18 18 24"/></g>
  <circle cx="${x}" cy="${y}" r="${5 * size}" fill="${thread}"/>`

const seal = (x, y, s = 14) => `<rect x="${x}" y="${y}" width="${s}" height="${s}" rx="2"
  fill="${thread}"/><path d="M${x + s * 0.26} ${y + s * 0.36}c${s * 0.3} ${-s * 0.14} ${s * 0.56}
  0 ${s * 0.44} ${s * 0.22}s${-s * 0.26} ${s * 0.2}${-s * 0.36} ${s * 0.2}" fill="none"
  stroke="${paper}" stroke-width="${s / 9}" stroke-linecap="round"/>`

export function bag([main, deep, dark], motif, tied = true) {
  return `${shadow(200, 356, 112)}
    <path d="M120 100h160l12 34v204a14 14 0 0 1-14 14H122a14 14 0 0 1-14-14V134Z" fill="${main}"/>
    <path d="M108 134l16 20v198h-2a14 14 0 0 1-14-14ZM292 134l-16 20v198h2a14 14 0 0 0 14-14Z"
      fill="${deep}" opacity=".75"/>
    <path d="M120 100h160l12 34H108Z" fill="${deep}"/>
    <path d="M126 62h148a6 6 0 0 1 6 6v32H120V68a6 6 0 0 1 6-6Z" fill="${main}"/>
    <path d="M120 88h160v12H120Z" fill="${dark}" opacity=".55"/>
    <path d="M134 74h132" stroke="${dark}" stroke-width="2" opacity=".5"/>
    <rect x="134" y="176" width="132" height="146" rx="3" fill="${paper}"/>
    <rect x="140" y="182" width="120" height="134" rx="1" fill="none" stroke="${dark}"
      stroke-width="1" opacity=".35"/>
    <g transform="translate(200 230)">${motif}</g>
    <path d="M160 284h80M172 295h56" stroke="${ink}" stroke-width="3" stroke-linecap="round"
      opacity=".7"/>${seal(238, 297)}
    ${tied ? `<path d="M107 138c60 8 126 8 186 0M107 143c60 8 126 8 186 0" fill="none"
      stroke="${thread}" stroke-width="3"/>${bow(200, 145, 0.9)}` : ''}`
}

const part = (x, y, size, inner) => `<g transform="translate(${x} ${y}) scale(${size})">${
  inner}</g>`

const trio = () => part(-8, 118, 0.6, bag(tones['light-roast'], motifs.kochere, false)) +
  part(168, 118, 0.6, bag(['#b9bf8f', '#9aa26d', '#767e4b'], motifs['nyeri-hill'], false)) +
  part(72, 84, 0.64, bag(['#d99a66', '#c07d48', '#965a2c'],
    motifs['pacamara-finca-sol'], false)) +
  `<path d="M64 268c90 16 186 16 276 0" fill="none" stroke="${thread}" stroke-width="4"/>` +
  bow(200, 280, 0.8)

const sachet = ([main, deep], x, y, turn, motif) =>
  `<g transform="translate(${x} ${y}) rotate(${turn})">
    <rect x="-46" y="-66" width="92" height="132" rx="3" fill="${main}"/>
    <path d="M-46-58h92M-46 58h92" stroke="${deep}" stroke-width="3" stroke-dasharray="3 4"/>
    <rect x="-30" y="-36" width="60" height="72" rx="2" fill="${paper}"/>
    <g transform="translate(0 -6) scale(.62)">${motif}</g>
    <path d="M-14 24h28" stroke="${ink}" stroke-width="2.500" stroke-linecap="round" opacity=".6"/>
  </g>`

const drip = (tone, motif) => `${shadow(200, 350, 128)}
  <path d="M96 148h208v190a12 12 0 0 1-12 12H108a12 12 0 0 1-12-12Z" fill="${tone[1]}"/>
  <path d="M96 148h208l-18-30H114Z" fill="${tone[2]}"/>
  ${sachet(tone, 140, 152, -10, motif)}${sachet(tone, 260, 150, 9, motif)}
  ${sachet(tone, 200, 138, 0, motif)}
  <path d="M88 196h224v142a12 12 0 0 1-12 12H100a12 12 0 0 1-12-12Z" fill="${tone[0]}"/>
  <path d="M88 196h224v10H88Z" fill="${tone[2]}" opacity=".3"/>
  <rect x="150" y="232" width="100" height="84" rx="3" fill="${paper}"/>
  <path d="M200 246c14 10 14 34 0 44-14-10-14-34 0-44Z" fill="${tone[2]}"/>
  <path d="M200 250c-5 12 5 22 0 36" stroke="${paper}" stroke-width="3" fill="none"/>
  <path d="M176 302h48" stroke="${ink}" stroke-width="3" stroke-linecap="round" opacity=".6"/>
  <path d="M87 218c76 8 150 8 226 0" stroke="${thread}" stroke-width="3" fill="none"/>`

const box = ([main, deep, dark], { w, h, y = 350, band = true }) => {
  const x = 200 - w / 2
  const top = y - h
  return `${shadow(200, y + 4, w * 0.6)}
    <rect x="${x}" y="${top}" width="${w}" height="${h}" rx="5" fill="${main}"/>
    <rect x="${x}" y="${top}" width="${w}" height="${h * 0.12}" fill="${dark}" opacity=".16"/>
    <rect x="${x - 10}" y="${top - 40}" width="${w + 20}" height="48" rx="5" fill="${deep}"/>
    ${band ? `<path d="M200 ${top - 40}v${h + 40}" stroke="${paper}" stroke-width="34"/>
    <path d="M192 ${top - 40}v${h + 40}M200 ${top - 40}v${h + 40}M208 ${top - 40}v${h + 40}"
      stroke="${thread}" stroke-width="3"/>${bow(200, top - 16, 1.3)}${
        seal(x + w - 30, y - 30)}` : ''}`
}

const booklet = `<rect x="232" y="128" width="86" height="118" rx="3" fill="${paper}"
  transform="rotate(8 275 187)"/><g transform="rotate(8 275 187)"><path d="M250 156h50M250 168h36"
  stroke="${ink}" stroke-width="3" opacity=".6"/><circle cx="275" cy="206" r="16" fill="none"
  stroke="${thread}" stroke-width="3"/></g>`

const cup = (fill = '#fbf6ec', coffee = '#5a3a2b') => `${shadow(200, 322, 110)}
  <ellipse cx="200" cy="312" rx="112" ry="16" fill="${fill}"/>
  <ellipse cx="200" cy="309" rx="86" ry="9" fill="#00000012"/>
  <path d="M120 196h160c0 62-28 112-80 112s-80-50-80-112Z" fill="${fill}"/>
  <path d="M276 214c40-10 50 52-10 60" fill="none" stroke="${fill}" stroke-width="13"
    stroke-linecap="round"/>
  <path d="M250 196h30c0 62-28 112-80 112 40-16 52-66 50-112Z" fill="#00000010"/>
  <ellipse cx="200" cy="197" rx="80" ry="15" fill="#e8dcc8"/>
  <ellipse cx="200" cy="199" rx="71" ry="11" fill="${coffee}"/>`

const steam = (x, y) => `<g fill="none" stroke="#a99c8f" stroke-width="5" stroke-linecap="round"
  opacity=".55"><path d="M${x} ${y}c-16-22 16-30 0-56"/>
  <path d="M${x + 30} ${y + 4}c-12-16 12-24 0-42"/></g>`

const dripper = (body = '#dfe5e6', deep = '#b6c1c4', line = '#4d6a86') => `${shadow(200, 358, 92)}
  <path d="M128 224h144l-8 116a16 16 0 0 1-16 14h-96a16 16 0 0 1-16-14Z" fill="#cfdadb"
    opacity=".6"/>
  <path d="M133 292h134l-4 48a16 16 0 0 1-16 14h-94a16 16 0 0 1-16-14Z" fill="#5a3a2b"/>
  <path d="M271 240c46-8 50 74-4 78" fill="none" stroke="#b7c5c7" stroke-width="9"/>
  <rect x="104" y="206" width="192" height="16" rx="8" fill="${deep}"/>
  <path d="M98 84h204l-62 122h-80Z" fill="${body}"/>
  <path d="M302 84l-62 122h-26l44-122Z" fill="${deep}" opacity=".6"/>
  <path d="M112 112h176M124 136h152" stroke="${line}" stroke-width="3" opacity=".7"/>
  <path d="M300 104c44-4 46 52-24 54" fill="none" stroke="${body}" stroke-width="13"/>
  <rect x="88" y="70" width="224" height="18" rx="9" fill="${body}"/>
  <g transform="translate(186 156) scale(.5)">${petals(5, 7, 14, 16, line)}</g>`

const mill = () => `${shadow(200, 358, 78)}
  <rect x="142" y="118" width="116" height="236" rx="14" fill="#b9b4ab"/>
  <path d="M226 118h18a14 14 0 0 1 14 14v208a14 14 0 0 1-14 14h-18Z" fill="#8f897f" opacity=".7"/>
  <rect x="142" y="214" width="116" height="44" fill="#5a3a2b"/>
  <path d="M142 224h116M142 248h116" stroke="#8c5a3a" stroke-width="2"/>
  <rect x="152" y="94" width="96" height="26" rx="9" fill="#8f897f"/>
  <path d="M200 96V66h104" fill="none" stroke="#6f6a62" stroke-width="13" stroke-linecap="round"
    stroke-linejoin="round"/>
  <circle cx="310" cy="60" r="22" fill="#8c4a2a"/><circle cx="303" cy="53" r="6" fill="#b46c45"/>
  <path d="M141 286c38 6 80 6 118 0" stroke="${thread}" stroke-width="3" fill="none"/>`

const bottle = () => `${shadow(200, 362, 70)}
  <path d="M168 96h64v40c0 22 36 30 36 70v134a18 18 0 0 1-18 18H150a18 18 0 0 1-18-18V206c0-40
    36-48 36-70Z" fill="#cfe0e0" opacity=".75"/>
  <path d="M134 232h132v106a16 16 0 0 1-16 16H150a16 16 0 0 1-16-16Z" fill="#7a4a2f"/>
  <path d="M134 232c30-10 100 12 132 0v20H134Z" fill="#93603f"/>
  <rect x="160" y="60" width="80" height="40" rx="9" fill="#2f5d6b"/>
  <path d="M150 216v110" stroke="#fff" stroke-width="7" stroke-linecap="round" opacity=".5"/>
  <rect x="184" y="262" width="60" height="60" rx="3" fill="${paper}"/>
  <g transform="translate(214 292) scale(.5)">${dots([[-14, -10, 12], [14, -10, 12], [0, 14, 12]],
    '#8fb0b5')}</g>`

const scale = () => `${shadow(200, 330, 130)}
  <rect x="76" y="252" width="248" height="70" rx="16" fill="#3a3432"/>
  <rect x="92" y="238" width="216" height="18" rx="9" fill="#575049"/>
  <rect x="230" y="274" width="72" height="30" rx="6" fill="#e9e2d0"/>
  <path d="M244 296v-14h10v14M264 282h10v7h-10v7h10M284 282v14h9" stroke="${ink}"
    stroke-width="2.500" fill="none"/>
  <circle cx="112" cy="289" r="9" fill="${thread}"/>
  <g transform="translate(110 92) scale(.42)">${dripper()}</g>`

const machine = () => `${shadow(200, 360, 110)}
  <rect x="100" y="70" width="200" height="286" rx="16" fill="#4a4441"/>
  <rect x="100" y="70" width="200" height="66" rx="16" fill="#5d5652"/>
  <rect x="128" y="170" width="144" height="126" rx="8" fill="#2c2827"/>
  <rect x="176" y="160" width="48" height="34" rx="6" fill="#8f897f"/>
  <path d="M192 194v30M208 194v30" stroke="#7a4a2f" stroke-width="4"/>
  <g transform="translate(150 196) scale(.25)">${cup()}</g>
  <rect x="120" y="312" width="160" height="18" rx="6" fill="#2c2827"/>
  <circle cx="130" cy="103" r="10" fill="${thread}"/>
  <path d="M160 103h96" stroke="#8f897f" stroke-width="6" stroke-linecap="round"/>
  <path d="M140 70l10-44h100l10 44Z" fill="#cdb48a" opacity=".8"/>
  <path d="M147 70l6-24h94l6 24Z" fill="#5a3a2b"/>`

const drawn = {
  'light-trio': () => trio(),
  'drip-week': () => drip(tones['drip-bag'], motifs['tsumugi-blend']),
  'drip-light': () => drip(tones['light-roast'], motifs.kochere),
  'decaf-drip': () => drip(tones.decaf, motifs['decaf-colombia']),
  'gift-small': () => box(tones.gift, { w: 176, h: 112, y: 322 }),
  'gift-twelve': () => box(['#d9b08a', '#c4946a', '#9c6d44'], { w: 260, h: 126, y: 330 }),
  'gift-beans-guide': () => part(20, -32, 0.78, bag(tones['medium-roast'],
    motifs['tsumugi-blend'], false)) + booklet +
    box(['#a9b08c', '#8f9870', '#6c7550'], { w: 268, h: 104, band: false })
      .replace(/<rect x="5\d"[^>]*fill="#8f9870"\/>/, '') + bow(200, 300, 1.2),
  'gift-newborn': () => box(tones.celebration, { w: 212, h: 138, y: 330 }) +
    `<g transform="translate(128 288) scale(.42)">${motifs['decaf-dark']}</g>`,
  dripper: () => dripper(),
  'hand-mill': () => mill(),
  'cold-bottle': () => bottle(),
  scale: () => scale(),
}

const svg = (w, h, inner, style = '') => `<svg xmlns="http://www.w3.org/2000/svg"
  viewBox="0 0 ${w} ${h}" width="${w}" height="${h}">${style}${inner}</svg>`

export function productArt({ id, category }) {
  return svg(400, 400, drawn[id]?.() ?? bag(tones[category], motifs[id] ?? ''))
}

// The scenes. Sky, light and table take the reader's light; what stands on it is the family.
const lights = `<style>.sky{fill:#eadfcd}.far{fill:#ddcdb4}.sun{fill:#f6ead2}.table{fill:#cdb491}
  .edge{fill:#b89b74}.soft{fill:#f6efe2}@media (prefers-color-scheme:dark){.sky{fill:#2f2926}
  .far{fill:#3a322e}.sun{fill:#5b4a3a}.table{fill:#4a3c32}.edge{fill:#3b3029}.soft{fill:#8a7c6c}}
  </style>`
const night = `<style>.sky{fill:#37455f}.far{fill:#2e3a52}.sun{fill:#f0dca8}.table{fill:#5d4a43}
  .edge{fill:#4a3a35}.soft{fill:#cdbfa9}@media (prefers-color-scheme:dark){.sky{fill:#1f2838}
  .far{fill:#1a2230}.table{fill:#3a2f2b}.edge{fill:#2e2522}}</style>`

const room = (inner, { sun = [470, 150, 92], far = '' } = {}) =>
  `<path class="sky" d="M0 0h640v520H0z"/><circle class="sun" cx="${sun[0]}" cy="${sun[1]}"
    r="${sun[2]}"/>${far}<path class="table" d="M0 356h640v164H0z"/>
    <path class="edge" d="M0 356h640v6H0z"/>
    <path d="M-10 452C140 436 210 480 330 466S560 430 660 458" fill="none" stroke="${thread}"
      stroke-width="3" opacity=".85"/>${inner}`

const hills = `<path class="far" d="M0 330C90 250 160 250 250 310S430 240 640 320V400H0Z"/>`
const beds = [0, 1, 2].map((i) => `<g transform="translate(${40 + i * 26} ${330 + i * 42})">
  <path d="M0 0h${540 - i * 40}l20 22H-20Z" fill="${['#c9a06a', '#b98c57', '#a87b48'][i]}"/>
  <path d="M8 6h${520 - i * 40}M0 14h${536 - i * 40}" stroke="#8c4a2a" stroke-width="5"
    stroke-dasharray="3 8" stroke-linecap="round"/></g>`).join('')
const person = (x, y, coat) => `<g transform="translate(${x} ${y})">
  <circle cy="-74" r="20" fill="#6b4632"/><path d="M-24-80a24 20 0 0 1 48 0Z" fill="#e2bd75"/>
  <path d="M-30 30c-4-60 8-84 30-84s34 24 30 84Z" fill="${coat}"/></g>`
const kettle = `<g fill="#4a4441"><path d="M60 120h120l16 96a14 14 0 0 1-14 14H58a14 14 0 0
  1-14-14Z"/><path d="M186 190c60 0 30-92 92-96l4 10c-46 8-22 106-92 104Z"/>
  <path d="M80 112a40 26 0 0 1 80 0Z" fill="#5d5652"/><circle cx="120" cy="84" r="9"
  fill="${thread}"/></g><path d="M50 136c-52 0-48 74-2 78" fill="none" stroke="#4a4441"
  stroke-width="13"/>`
const on = (x, y, size, inner) => part(x, y, size, inner)

const scenes = {
  bag: [lights, () => room(on(60, 100, 0.86, bag(tones['medium-roast'], motifs['tsumugi-blend'])) +
    on(300, 186, 0.62, cup()) + steam(418, 290))],
  trio: [lights, () => room(on(110, 36, 1.04, trio()), { sun: [320, 180, 120] })],
  night: [night, () => room(on(70, 102, 0.84, bag(tones.decaf, motifs['decaf-dark'])) +
    on(310, 186, 0.62, cup('#e9e2d6')) + steam(428, 290), { sun: [500, 110, 54] })],
  cup: [lights, () => room(on(20, 90, 0.86, bag(tones['dark-roast'], motifs['night-walk-blend'])) +
    on(250, 206, 0.56, cup()) + on(400, 220, 0.5, cup('#dfe5e6')) + steam(358, 300))],
  drip: [lights, () => room(on(40, 110, 0.84, drip(tones['drip-bag'], motifs['tsumugi-blend'])) +
    on(320, 186, 0.6, cup()) + steam(434, 288))],
  gift: [lights, () => room(on(40, 96, 0.86, box(tones.gift, { w: 220, h: 130 })) +
    on(330, 170, 0.66, box(['#a9b08c', '#8f9870', '#6c7550'], { w: 176, h: 112 })),
  { sun: [330, 150, 104] })],
  office: [lights, () => room(on(70, 78, 0.9, machine()) + on(370, 228, 0.44, cup()) +
    on(480, 236, 0.4, cup('#dfe5e6')), { sun: [500, 130, 70],
    far: '<path class="far" d="M430 220h150v176H430zM450 240h30v30h-30zM496 240h30v30h-30z"/>' })],
  cafe: [lights, () => room(on(180, 150, 0.7, machine()) + on(20, 220, 0.46, cup()) +
    person(500, 366, '#4d6a86'), { sun: [110, 130, 70], far:
    '<path class="far" d="M0 60h640v30H0z"/><path d="M0 90h640l-20 36H20Z" fill="#b4432c"/>' +
    '<path d="M80 90v36M240 90v36M400 90v36M560 90v36" stroke="#f8f2e7" stroke-width="26"/>' })],
  quiet: [lights, () => room(on(226, 176, 0.64, cup()) + steam(346, 284) +
    `<g transform="translate(128 330)"><path d="M-26 70h52l-8-84h-36Z" fill="#dfe5e6"/>
    ${leaf(0, -10, -70, '#7f8b61', 1.2)}${leaf(-2, -30, -120, '#99a578', 1)}
    <g transform="translate(2 -76) scale(.9)">${motifs.kochere}</g></g>`,
  { sun: [420, 150, 116], far: `<g class="soft" opacity=".5"><path d="M90 50h10v346H90zM550
    50h10v346h-10zM90 50h470v8H90zM90 210h470v6H90zM320 50h6v346h-6z"/></g>` })],
  makers: [lights, () => `<path class="sky" d="M0 0h640v520H0z"/><circle class="sun" cx="490"
    cy="120" r="80"/>${hills}<path d="M0 322c120-34 240 20 360-4s200-10 280 6v196H0Z"
    fill="#8a9566"/>${person(250, 330, '#4d6a86')}${person(420, 320, '#b4432c')}${beds}`],
  brew: [lights, () => room(on(250, 96, 0.86, dripper()) + on(30, 30, 0.9, kettle) +
    '<path d="M282 116c30 10 40 30 42 56" fill="none" stroke="#a9c3c7" stroke-width="6"/>',
  { sun: [500, 130, 70] })],
  cold: [lights, () => room(on(70, 92, 0.86, bottle()) +
    `<g transform="translate(430 300)"><path d="M-52-80h104l-10 168H-42Z" fill="#cfe0e0"
    opacity=".8"/><path d="M-47-20h94l-6 104H-41Z" fill="#7a4a2f" opacity=".9"/>
    <rect x="-30" y="-40" width="34" height="34" rx="6" fill="#eef5f5" opacity=".85"
    transform="rotate(14)"/><rect x="4" y="-6" width="30" height="30" rx="6" fill="#eef5f5"
    opacity=".7" transform="rotate(-10)"/></g>`, { sun: [470, 130, 90] })],
  mill: [lights, () => room(on(60, 96, 0.86, mill()) + on(320, 150, 0.7, scale()))],
}

export const sceneNames = Object.keys(scenes)

export function sceneArt(name) {
  const [style, draw] = scenes[name]
  return svg(640, 520, draw(), style)
}

export const mark = `<svg viewBox="0 0 40 40" aria-hidden="true" class="mark"><circle cx="20"
  cy="20"
  r="18" fill="none" stroke="currentColor" stroke-width="1.600"/><path d="M20 8c9 6 9 18 0
  24-9-6-9-18 0-24Z" fill="currentColor"/><path d="M20 9c-4 8 4 14 0 22" fill="none"
  stroke="var(--paper)" stroke-width="1.800"/><path d="M3 22c10-6 24 6 34-3" fill="none"
  stroke="var(--thread)" stroke-width="2"/></svg>`
