// What there is to read: letters, brewing notes, the cafés, and how this house does business.
import { page, yen } from './frame.mjs'
import { goods, read } from './goods.mjs'
import { html } from './html.mjs'

const articles = read('words/journal.json')
const about = read('words/about.json')


export const journalPage = (ctx) => page(ctx, { title: ctx.say('読みもの', 'Journal'),
  body: html`<section class="wide"><h1>${ctx.say('読みもの', 'Journal')}</h1><ul class="tile-list">${
    Object.entries(articles).map(([id, { art, title }]) => html`<li><a class="tile"
      href="/journal/${id}">
    <span class="tile-art" data-art="${art}"></span><span class="tile-words"><b>${
    title[ctx.lang]}</b></span></a>`)}</ul></section>` })

export function articlePage(ctx, id) {
  const found = articles[id]
  if (!found) return undefined
  const { art, title, text } = found
  return page(ctx, { title: title[ctx.lang], body: html`<article class="narrow article">
    <div class="story-art" data-art="${art}"></div><p class="kicker">${ctx.say('読みもの',
      'Journal')}</p>
    <h1>${title[ctx.lang]}</h1><p>${text[ctx.lang]}</p>
    <p><a class="more" href="/journal">${ctx.say('ほかの読みもの', 'More to read')}</a></p></article>` })
}

export const brewPage = (ctx) => page(ctx, { title: ctx.say('淹れ方の手びき', 'Brewing notes'),
  body: html`<article class="narrow article"><div class="story-art" data-art="brew"></div><h1>${
    ctx.say('淹れ方の手びき', 'Brewing notes')}</h1><p class="lead">${
    ctx.say('苦いときは、粗く、低く。酸っぱいときは、細かく、高く。まずはひとつだけ変えてみてください。',
      'Too bitter: coarser, cooler. Too sour: finer, hotter. Change one thing at a time.')}</p>
  <div class="scroll" tabindex="0" role="region" aria-label="${ctx.say('豆ごとの目安',
    'By bean')}"><table>
  <thead><tr>${[['豆', 'Bean'], ['湯温', 'Water'], ['粉', 'Dose'], ['湯量', 'Amount'], ['時間', 'Time']]
    .map((name) => html`<th scope="col">${ctx.say(...name)}</th>`)}</tr></thead><tbody>${
  goods.filter(({ brew }) => brew).map(({ name, url, brew }) => html`<tr><th scope="row"><a href="${
    url}">${
    name[ctx.lang]}</a></th><td>${brew[0]} °C</td><td>${brew[1]} g</td><td>${brew[2]} ml</td><td>${
    brew[3]}</td></tr>`)}</tbody></table></div></article>` })

export const cafesPage = (ctx) => page(ctx, { title: ctx.say('お店', 'Cafés'),
  body: html`<article class="narrow article"><div class="story-art" data-art="cafe"></div><h1>${
    ctx.say('お店', 'Cafés')}</h1><h2>${ctx.say('神保町', 'Jimbocho')}</h2><p>${
    ctx.say('9時から19時。平日の午前は音楽をかけません。釜の見える席が四つ、火曜と金曜は焙煎の日です。',
      '9 to 19. No music on weekday mornings. Four seats with a view of the drum; Tuesdays and ' +
        'Fridays are roasting days.')}</p>
  <h2>${ctx.say('鎌倉', 'Kamakura')}</h2><p>${ctx.say('10時から18時。庭に面した席で、季節の水出しを。',
    '10 to 18. Seats to the garden, and the season’s cold brew.')}</p><p class="quiet">${
    ctx.say(`一杯 ${yen(520, 'ja')}から`, `From ${yen(520, 'en')} a cup`)}</p></article>` })

export const aboutPage = (ctx) => page(ctx, { title: about.title[ctx.lang],
  body: html`<article class="narrow article"><h1>${about.title[ctx.lang]}</h1><p class="lead">${
    about.lead[ctx.lang]}</p>${about.sections.map(({ title, text }) => html`<section><h2>${
    title[ctx.lang]}</h2>${text[ctx.lang].map((line) => html`<p>${line}`)}</section>`)}
  <p><a class="more" href="/account">${ctx.say('お預かりしている情報を見る',
    'See what we know')}</a></p></article>` })
