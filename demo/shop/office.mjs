// The office corner: the service for companies, the checklist, and white papers. Whoever takes one
// says what they do and what is in the way, not who they are.
import { choice, page, why } from './frame.mjs'
import { read } from './goods.mjs'
import { html } from './html.mjs'
import { industries, jobNames, worries } from './words.mjs'

// By the ids of the blocks in slots/office.yaml.
const { checks, papers, plain } = read('words/office.json')
export { papers }


const paperList = ({ lang, say }) => html`<ul class="paper-list"
  data-aizuchi-slot="office.papers">${
  Object.entries(papers).map(([id, paper]) => html`<li data-aizuchi-item="${id}"><a class="paper"
    href="/office/papers/${id}"><b>${paper[lang].title}</b><span>${paper[lang].lead}</span><small>${
    say('PDFではなく、読める頁です', 'A page to read, not a PDF')}</small></a>`)}</ul>`


export const officePage = (ctx) => page(ctx, { title: ctx.say('オフィス便', 'Office service'),
  body: html`<section class="hero office-hero"><div class="hero-in" data-aizuchi-slot="office.lead">
    <div class="hero-words"><p class="kicker">${ctx.say('オフィス便', 'Office service')}</p>
    <h1 data-aizuchi-text="title">${ctx.say('一日の真ん中に、よい一杯を。',
      'A good cup in the middle of the day.')}</h1>
    <p class="hero-lead" data-aizuchi-text="lead">${ctx.say('機械と豆を、月ごとに。最初の2週間は費用がかかりません。',
    'Machine and beans, month by month. The first two weeks cost nothing.')}</p>
    <p><a class="button" href="/office/checklist" data-aizuchi-text="cta"
      data-aizuchi-attr="href:href">${
  ctx.say('早見表を開く',
    'Open the checklist')}</a></p>${why('office.lead')}</div><div
    class="hero-art" data-art="office"></div></div></section>
  <section class="wide"><div class="section-head"><h2>${ctx.say('決める前に読むもの',
    'To read before deciding')}</h2>${
  why('office.papers')}</div>${paperList(ctx)}<p><a class="more" href="/office/papers">${
  ctx.say('わが社に合う順に並べる', 'Put them in order for our office')}</a></p></section>
  <section class="wide"><div class="section-head"><h2>${ctx.say('導入前の六つ',
    'Six things before it comes')}</h2>${
  why('office.checks')}</div><ol class="check-list" data-aizuchi-slot="office.checks">${
  checks.map(({ id, to, title, lead }) => html`<li data-aizuchi-item="${id}"><a href="${to}"><b>${
    title[ctx.lang]}</b><span>${lead[ctx.lang]}</span></a>`)}</ol></section>
  <section class="band"><div class="band-in" data-aizuchi-slot="office.next"><p class="band-lead"
    data-aizuchi-text="lead">${ctx.say('設置は30分。合わなければ、そのまま引き取ります。',
    'Thirty minutes to install. If it does not fit, we take it away again.')}</p><a class="button"
    href="/office/trial" data-aizuchi-text="title" data-aizuchi-attr="href:href">${
  ctx.say('2週間、試してみる', 'Try it for two weeks')}</a></div>${why('office.next')}</section>` })

const options = ({ say }, table) => Object.entries(table).map(([id, name]) => [id, say(...name)])

export const papersPage = (ctx, taken) => page(ctx, { title: ctx.say('資料', 'White papers'),
  body: html`<section class="wide"><h1>${ctx.say('資料', 'White papers')}</h1>
  ${taken ? html`<p class="notice" role="status">${ctx.say('お答えの順に並べました。どれからでも、すぐ読めます。',
    'Put in order by your answers. Each can be read right away.')}</p>` : ''}
  <div class="section-head"><h2>${ctx.say('四つの資料',
    'The four papers')}</h2>${why('office.papers')}</div>${paperList(ctx)}
  <form method="post" action="/office/papers" class="form narrow-in"><h2>${
    ctx.say('並びを、お仕事に合わせる', 'Fit the order to your work')}</h2><p class="quiet">${
    ctx.say('会社名もメールアドレスもうかがいません。三つのお答えは、この資料の並びとオフィス便のご案内を選ぶために使います。',
      'No company, no e-mail. The three answers order these papers and choose what the office ' +
        'pages say.')}</p>
  ${choice(ctx.say('お仕事', 'Your work'), 'job', options(ctx, jobNames))}
  ${choice(ctx.say('業種', 'Industry'), 'industry', options(ctx, industries))}
  ${choice(ctx.say('導入前の気がかり', 'What worries you?'), 'worry', options(ctx, worries))}
  <p class="acts"><button class="button">${ctx.say('並べる',
    'Put them in order')}</button></p></form></section>` })

export const paperPage = (ctx, id) => page(ctx, { title: papers[id][ctx.lang].title,
  body: html`<article class="narrow article"><p class="kicker">${ctx.say('資料',
    'White paper')}</p><h1>${
    papers[id][ctx.lang].title}</h1><p class="lead">${papers[id][ctx.lang].lead}</p>${
    papers[id][ctx.lang].text.map((text) => html`<p>${text}</p>`)}<p><a class="more"
      href="/office/papers">${
    ctx.say('ほかの資料', 'The other papers')}</a></p></article>` })

const spots = [['size', 'paper-shelf'], ['socket', 'paper-socket'], ['water', 'paper-shelf'],
  ['daily', 'paper-daily'], ['sum', 'paper-sum']]
const spotNames = { size: ['置き場所', 'Space'], socket: ['電源', 'Power'], water: ['水', 'Water'],
  daily: ['お手入れ', 'Cleaning'], sum: ['費用', 'Costs'] }

export const checklistPage = (ctx) => page(ctx, { title: ctx.say('導入前の早見表', 'The checklist'),
  body: html`<article class="narrow article"><h1>${ctx.say('導入前の早見表', 'The checklist')}</h1>${
    spots.map(([spot, id], i) => html`<section id="${spot}"><h2>${
      ctx.say(...spotNames[spot])}</h2><p>${
      papers[id][ctx.lang].text[spot === 'water' ? 1 : 0]}</p>${i === 2 ? '' : html`<p><a
        class="more"
      href="/office/papers/${id}">${papers[id][ctx.lang].title}</a></p>`}</section>`)}</article>` })

export const officePlain = (ctx, path) => plain[path] && page(ctx, {
  title: ctx.say(...plain[path].title),
  body: html`<article class="narrow article"><p class="kicker">${ctx.say('オフィス便',
    'Office service')}</p><h1>${
    ctx.say(...plain[path].title)}</h1><p class="lead">${ctx.say(...plain[path].text)}</p><p><a
      class="more" href="/office">${
    ctx.say('オフィス便へ', 'To the office service')}</a></p></article>` })
