// What is on the shelves: names, prices and stock from the brand folder, where the engine reads
// them, too; and what only a shop says about each.
import fs from 'node:fs'

const file = new URL('../tsumugi/products.ndjson', import.meta.url)

// Taste in a line, what it is, where it is from; of beans, what was paid for a kilogram, and how it
// is brewed: °C, g, ml, minutes.
export const read = (name) => JSON.parse(fs.readFileSync(new URL(name, import.meta.url), 'utf8'))
const told = read('words/goods.json')


export const goods = fs.readFileSync(file, 'utf8').trim().split('\n').map((line) => {
  const product = JSON.parse(line)
  return { ...product, ...told[product.id], stock: product.stock ?? 0 }
})
export const byId = new Map(goods.map((product) => [product.id, product]))

const beans = ['light-roast', 'medium-roast', 'dark-roast', 'decaf']
export const isBean = ({ category }) => beans.includes(category)
const has = (...categories) => ({ category }) => categories.includes(category)
const one = (axis) => ({ axes }) => (axes[axis] ?? 0) >= 0.5

// The shelves, by their path: what stands there, and how it is introduced.
export const shelves = {
  '/beans': { of: isBean, name: { ja: '豆', en: 'Beans' }, lead: {
    ja: '焙煎は火曜と金曜。その日のうちに袋に詰め、日付を書いています。',
    en: 'Roasted on Tuesdays and Fridays, filled and dated the same day.' } },
  '/light': { of: has('light-roast'), name: { ja: '浅煎り', en: 'Light roast' }, lead: {
    ja: '果物や花の香りが先に来る焼き加減。湯は少し高めの93度で。',
    en: 'Fruit and flowers first. Slightly hotter water, 93 °C.' } },
  '/medium': { of: has('medium-roast'), name: { ja: '中煎り', en: 'Medium roast' }, lead: {
    ja: '木の実とチョコレート。毎日飲んで、飽きない真ん中。',
    en: 'Nuts and chocolate: the middle that one does not tire of.' } },
  '/dark': { of: has('dark-roast'), name: { ja: '深煎り', en: 'Dark roast' }, lead: {
    ja: '二回目のはぜの、少し先まで。温めた牛乳にも負けません。',
    en: 'Just past the second crack. It stands up to warm milk.' } },
  '/decaf': { of: has('decaf'), name: { ja: 'カフェインレス', en: 'Decaf' }, lead: {
    ja: '水だけでカフェインを抜き、昼の豆と同じ釜で焼いています。',
    en: 'Caffeine taken out with water alone, roasted in the same drum.' } },
  '/drip': { of: ({ id, category }) => category === 'drip-bag' || id === 'decaf-drip',
    name: { ja: 'ドリップバッグ', en: 'Drip bags' }, lead: {
      ja: '挽いてすぐ窒素を満たした一袋。道具は、カップひとつで足ります。',
      en: 'Ground, then sealed under nitrogen at once. One cup is all the equipment.' } },
  '/gift': { of: has('gift', 'celebration'), name: { ja: '贈り物', en: 'Gifts' }, lead: {
    ja: '個包装で日持ちは三か月。金額のわかる紙は、箱に入れません。',
    en: 'Wrapped one by one, keeps three months. No price goes into the box.' } },
  '/tools': { of: has('tool'), name: { ja: '道具', en: 'Tools' }, lead: {
    ja: '店で使っているものだけを置いています。直せるものを選びました。',
    en: 'Only what we use ourselves, and what can be repaired.' } },
  '/season': { of: one('season'), name: { ja: '季節', en: 'In season' }, lead: {
    ja: '入港から三か月以内に焼いた豆と、水出しの道具。',
    en: 'Roasted within three months of landing; and what cold brew needs.' } },
  '/slow': { of: (product) => isBean(product) && one('quiet')(product),
    name: { ja: 'ゆっくり飲む豆', en: 'To take slowly' }, lead: {
      ja: '淹れてから冷めるまで、香りの移り変わりが長くつづく豆。',
      en: 'Beans whose scent keeps changing, from hot to cool.' } },
  '/together': { of: one('together'), name: { ja: '分けあう豆', en: 'To share' }, lead: {
    ja: '注ぎ分けても薄くならない豆と、手渡しできる箱。',
    en: 'Beans that stay full when poured around, boxes to hand over.' } },
  '/new': { of: ({ id }) => ['early-summer', 'nyeri-hill', 'decaf-ethiopia', 'kochere',
    'tsumugi-blend', 'mandheling'].includes(id),
  name: { ja: '新しい豆と、変わらない豆', en: 'New, and never gone' }, lead: {
    ja: '最近入れ替わった豆を、ずっと置いている豆の隣に。',
    en: 'What came in lately, next to what stayed.' } },
  '/roast': { of: ({ id }) => ['kochere', 'tsumugi-blend', 'night-walk-blend', 'decaf-colombia']
    .includes(id), name: { ja: '今週の焙煎', en: 'This week’s roast' }, lead: {
    ja: '釜から出たばかりの四種。三日より前に焼いた豆は、お送りしません。',
    en: 'Four just out of the drum. Nothing older than three days leaves us.' } },
}
// Other names for the same shelf, as links of the brand folder have them.
export const aliases = { '/light/set': '/beans/light-trio', '/decaf/small': '/beans/decaf-colombia',
  '/order': '/beans', '/table': '/journal/table', '/taste': '/beans',
  '/hello': '/#question', '/hello/undo': '/account' }

export const shelfOf = ({ category }) => ({ 'light-roast': '/light', 'medium-roast': '/medium',
  'dark-roast': '/dark', decaf: '/decaf', 'drip-bag': '/drip', gift: '/gift',
  celebration: '/gift', tool: '/tools' })[category]
