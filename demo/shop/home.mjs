// The first page: what stands here is for everybody; the marked places fit themselves to who comes.
import { card, page, why } from './frame.mjs'
import { goods, read } from './goods.mjs'
import { html } from './html.mjs'

// The blocks in the order that the house would give them (slots/home.yaml says the same).
const blocks = read('words/home.json')

const hero = ({ say }) => html`<section class="hero" aria-label="${say('はじめに', 'Welcome')}">
  <div class="hero-in" data-aizuchi-slot="home.hero">
    <div class="hero-words"><h1 data-aizuchi-text="title">${
  say('豆は、焼いた日から数えます。', 'We count from the day it was roasted.')}</h1>
    <p class="hero-lead" data-aizuchi-text="lead">${
  say('焙煎は火曜と金曜。その日のうちに袋に詰め、日付を書いてお送りします。',
    'Roasting is on Tuesdays and Fridays. Each bag is filled and dated the same day.')}</p>
    <p><a class="button" href="/roast" data-aizuchi-text="cta" data-aizuchi-attr="href:href">${
  say('今週の焙煎を見る', 'See this week’s roast')}</a></p>${why('home.hero')}</div>
    <div class="hero-art" data-art="bag" data-aizuchi-attr="data-art:art"></div>
  </div></section>`

// Asked openly, with its use and what one gets for it: pressing it agrees to just that. shop.js
// leads to the SDK's question; without scripts or engine nothing is asked.
const question = (ctx) => ctx.troubled ? '' : html`<div class="question" id="question"
  tabindex="-1">
  <div class="question-in" id="question-in">
  <h3>${ctx.say('ひとつ、伺ってもよいですか。', 'May we ask one thing?')}</h3>
  <p class="quiet">${ctx.say('コーヒーの時間に大切なことを教えていただくと、この棚のおすすめと並び、話題を、' +
    'お答えとご覧になった棚に合わせます。この端末で覚え、下にお許しのないほかのことには使わず、' +
    'いつでもやめられます。',
  'Tell us what matters in a cup, and what this shelf suggests, its order and its topics follow ' +
    'your answer and what you look at. It is remembered on this device, used for nothing else ' +
    'that you do not allow below, and you can stop it any time.')}</p>
  <p><label><input type="checkbox" id="improve"> ${ctx.say(
    '店を良くするための集計にも使ってよい。みなさまの大切なことの傾向を学び、はじめての方への伺い方に生かします。',
    'It may also be counted so that the shop gets better: what matters to people here is ' +
    'learned, and newcomers are asked better questions.')}</label></p>
  <p class="question-acts"><button class="button plain" type="button" id="ask">${
  ctx.say('答えてみる', 'Answer it')}</button></p></div></div>`

const shelf = (ctx) => html`<section class="shelf" aria-labelledby="shelf-title">
  <div class="section-head"><div data-aizuchi-slot="home.shelf"><h2 id="shelf-title"
    data-aizuchi-text="title">${ctx.say('いま、棚にある豆', 'On the shelf now')}</h2>
    <p class="quiet" data-aizuchi-text="lead">${ctx.say('焙煎は火曜と金曜',
      'Roasted on Tuesdays and Fridays')}</p></div>
    ${why('home.shelf')}</div>
  ${question(ctx)}
  <ul class="cards picks" data-aizuchi-slot="home.picks">${goods.filter(({ sensitive, stock }) =>
    !sensitive && stock).map((product) => html`<li data-aizuchi-item="${product.id}">${
    card(product, ctx)}`)}</ul>
  <div class="section-foot">${why('home.picks')}<a class="more" href="/beans">${
  ctx.say('すべての豆', 'All beans')}</a></div></section>`

const story = ({ say }) => html`<section class="story"><div class="story-in"
    data-aizuchi-slot="home.story"><div class="story-art" data-art="brew"
    data-aizuchi-attr="data-art:art"></div><div><p class="kicker">${say('読みもの', 'Journal')}</p>
    <h2 data-aizuchi-text="title">${say('釜の前の四分間', 'Four minutes at the drum')}</h2>
    <p data-aizuchi-text="lead">${say('一はぜから煎り止めまで。温度計より先に、音で決めていること。',
    'From first crack to the drop – and what the ear decides before the thermometer.')}</p>
    <p><a class="more" href="/journal/four-minutes" data-aizuchi-text="cta"
    data-aizuchi-attr="href:href">${say('読む',
      'Read')}</a></p></div></div>${why('home.story')}</section>`

const tiles = ({ say, lang }) => html`<section class="tiles" aria-labelledby="tiles-title">
  <div class="section-head"><h2 id="tiles-title">${say('店のなかを歩く', 'Around the shop')}</h2>${
  why('home.order')}</div><ul class="tile-list" data-aizuchi-slot="home.order">${
  blocks.map(({ id, to, art, title, lead }) => html`<li data-aizuchi-item="${id}">
    <a class="tile" href="${to}"><span class="tile-art" data-art="${art}"></span>
    <span class="tile-words"><b>${title[lang]}</b><span>${
      lead[lang]}</span></span></a>`)}</ul>
  </section>`

const invitation = ({ say }) => html`<section class="band"><div class="band-in"
    data-aizuchi-slot="home.cta"><p class="band-lead" data-aizuchi-text="lead">${
  say('送料や返品のことも、こちらから', 'Shipping and returns, too')}</p><a class="button" href="/beans"
    data-aizuchi-text="title" data-aizuchi-attr="href:href">${say('豆を見る',
      'See the beans')}</a></div>${
  why('home.cta')}</section>`

export const promise = ({ say }) => html`<div class="promise"><div class="promise-in"
  data-aizuchi-slot="home.promise"><b data-aizuchi-text="title">${
  say('3,500円以上で送料無料', 'Free shipping from ¥3,500')}</b><span data-aizuchi-text="lead">${
  say('それ以下は全国一律280円(ポスト投函)',
    'Below that, ¥280 anywhere in Japan, through the letterbox')}</span></div>
  ${why('home.promise')}</div>`

export const home = (ctx) => page(ctx, { kind: 'home',
  body: html`${promise(ctx)}${hero(ctx)}${shelf(ctx)}${story(ctx)}${tiles(ctx)}${
    invitation(ctx)}` })
