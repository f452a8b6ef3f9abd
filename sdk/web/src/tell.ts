// "Tell us", at any time, where the page has a place for it (data-aizuchi-tell): only this time,
// this is a gift, a break – each taken back by pressing it again – or in one's own words, answered
// with what was understood. It holds at the next decision, which is made at once, in place.
import { button, call, failed, form, language, make, renew, rootIn, rootOf, say, status }
  from './made'

const kinds = ['only_this_time', 'gift', 'break']

function draw(root: ShadowRoot): void {
  const names = [say('この回だけ', 'Only this time'), say('贈りものです', 'This is a gift'),
    say('お休みします', 'A break until')]
  const note = status()
  const press = (answer: any): void => chips.forEach((chip, i) => {
    chip.ariaPressed = `${!!answer?.told?.some((each: any) =>
      each.holds && each.what === kinds[i])}`
  })
  const told = async (body: object): Promise<any> => {
    const answer = await call('POST', `/v1/me/tell?locale=${language}`, body)
    note.textContent = answer ? '' : failed()
    if (answer) await renew()
    return answer
  }
  const chips = kinds.map((what, i) => button(names[i]!, async () => {
    const holds = chips[i]!.ariaPressed !== 'true'
    const answer = await told({ what, holds,
      ...(what === 'break' && holds && { until: until.value }) })
    if (!answer) return
    press(answer)
    note.textContent = holds ? answer.told.findLast((each: any) => each.what === what).means :
      say('承知しました。元に戻しました。', 'Understood. It is as it was.')
  }, 'chip'))
  const day = (inDays: number): string =>
    new Date(Date.now() + inDays * 86_400_000).toISOString().slice(0, 10)
  const until = make('input', { part: 'field', type: 'date', min: day(1), max: day(365),
    value: day(30), ariaLabel: names[2]! })
  const inOwn = say('ご自由に', 'In your own words')
  const own =
    make('input', { part: 'field', ariaLabel: inOwn, placeholder: inOwn, maxLength: 999 })
  root.replaceChildren(make('details', { part: 'card',
    ontoggle: async () => press(await call('GET', '/v1/me')) },
  make('summary', {}, say('お伝えになりたいこと', 'Tell us')), ...chips, until,
  form(async () => {
    const answer = own.value && await told({ text: own.value })
    if (!answer) return
    own.value = ''
    const chip = names[kinds.indexOf(answer.meant)]
    note.textContent = answer.answer + (chip ? '\n' + say(
      `「${chip}」でしたら、そのボタンを押してください。`, `If you mean “${chip}”, press that button.`) : '')
  }, own, make('button', {}, say('送る', 'Send'))), note))
}

export function tell(): void {
  document.querySelectorAll('[data-aizuchi-tell]').forEach((place) => {
    if (!rootOf(place, 'tell')) draw(rootIn(place, 'tell'))
  })
}
