// What the server stored of these messageIds, each as often as it is stored: POST /v1/events:find
// with a secret key of the scope "people", given here or as AIZUCHI_READ_KEY.
const atOnce = 1000

export async function keptOf({ baseUrl, messageIds, key = process.env.AIZUCHI_READ_KEY }) {
  const out = []
  for (let i = 0; i < messageIds.length; i += atOnce) {
    const answer = await fetch(`${baseUrl}/v1/events:find`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ messageIds: messageIds.slice(i, i + atOnce) }),
    })
    if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`)
    out.push(...(await answer.json()).events)
  }
  return out
}

export async function readBack(what) {
  return (await keptOf(what)).map((kept) => kept.event)
}
