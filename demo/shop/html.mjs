// Markup as text. What is put into a template is escaped, unless a template made it.
class Markup {
  constructor(text) { this.text = text }
  toString() { return this.text }
}

const signs = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }
const shown = (value) => value instanceof Markup ? value.text :
  Array.isArray(value) ? value.map(shown).join('') :
    value === undefined || value === null || value === false ? '' :
      String(value).replace(/[&<>"']/g, (sign) => signs[sign])

export const html = (strings, ...values) => new Markup(
  strings.reduce((text, next, i) => text + shown(values[i - 1]) + next))
export const raw = (text) => new Markup(text)
export const json = (value) => raw(JSON.stringify(value).replaceAll('<', '\\u003c'))
