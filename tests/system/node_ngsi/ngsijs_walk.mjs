// NGSI.js, the client of Wirecloud, against a running broker: {"found": name, …} line by line.
import { createServer } from 'node:http'
import { createInterface } from 'node:readline'
import NGSI from 'ngsijs'

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]()
const { broker } = JSON.parse((await lines.next()).value)
const say = (found, value) => process.stdout.write(`${JSON.stringify({ found, ...value })}\n`)

const connection = new NGSI.Connection(broker)
const { v2 } = connection
const scope = { service: 'wirecloud', servicepath: '/screens' }
const caught = (promise) => promise.then(
  () => ({}),
  (error) => ({ name: error.name, message: error.message }),
)

const { details } = await connection.getServerDetails()
say('version', { orion: details.orion.version })

const made = await v2.createEntity({ id: 'room1', temperature: { type: 'Number', value: 21.5 } }, scope)
say('created', { location: made.location })
await v2.createEntity({ id: 'room2', type: 'Room', temperature: 19 }, { ...scope, keyValues: true })
say('twice', await caught(v2.createEntity({ id: 'room2', type: 'Room' }, scope)))
say('upserted', await caught(v2.createEntity({ id: 'room2', type: 'Room' }, { ...scope, upsert: true })))

const page = await v2.listEntities({ ...scope, count: true, limit: 1, offset: 1, keyValues: true })
say('page', { count: page.count, results: page.results, offset: page.offset, limit: page.limit })
const filtered = await v2.listEntities({ ...scope, q: 'temperature>20', attrs: 'temperature' })
say('filtered', { results: filtered.results })
say('missing', await caught(v2.getEntity({ ...scope, id: 'nobody' })))

const heard = []
let wake
const receiver = createServer(async (request, response) => {
  let body = ''
  for await (const chunk of request) body += chunk
  heard.push({ format: request.headers['ngsiv2-attrsformat'], body: JSON.parse(body) })
  response.writeHead(204).end()
  wake?.()
})
await new Promise((listens) => receiver.listen(0, '127.0.0.1', listens))

const subscribed = await v2.createSubscription({
  description: 'a screen',
  subject: { entities: [{ idPattern: '.*', type: 'Room' }], condition: { attrs: ['temperature'] } },
  notification: {
    http: { url: `http://127.0.0.1:${receiver.address().port}/` },
    attrs: ['temperature'],
    attrsFormat: 'keyValues',
  },
}, scope)
const { id } = subscribed.subscription
say('subscribed', { location: subscribed.location === `/v2/subscriptions/${id}` })

const changes = { temperature: { type: 'Number', value: 30 } }
const arrives = new Promise((resolve) => { wake = resolve })
await v2.appendEntityAttributes({ id: 'room2', type: 'Room', ...changes }, scope)
await arrives
say('notified', { format: heard[0].format, ours: heard[0].body.subscriptionId === id, data: heard[0].body.data })

const list = await v2.listSubscriptions({ ...scope, count: true })
say('subscriptions', { count: list.count, statuses: list.results.map((one) => one.status) })
await v2.updateSubscription({ id, status: 'inactive' }, scope)
const kept = await v2.getSubscription({ ...scope, id })
say('kept', { status: kept.subscription.status, description: kept.subscription.description })
await v2.deleteSubscription({ ...scope, id })
say('forgotten', await caught(v2.getSubscription({ ...scope, id })))

await v2.batchUpdate({ actionType: 'append', entities: [{ id: 'b1', type: 'B' }, { id: 'b2', type: 'B' }] }, scope)
const query = await v2.batchQuery({ entities: [{ idPattern: '.*', type: 'B' }] }, { ...scope, count: true })
say('batch', { count: query.count, ids: query.results.map((one) => one.id) })
const types = await v2.listTypes({ ...scope, count: true })
say('types', { count: types.count, names: types.results.map((one) => one.type) })
await v2.replaceEntityAttributeValue({ ...scope, id: 'room1', attribute: 'temperature', value: { low: 18, high: 22 } })
const value = await v2.getEntityAttributeValue({ ...scope, id: 'room1', attribute: 'temperature' })
say('value', { value: value.value })
await v2.deleteEntityAttribute({ ...scope, id: 'room1', attribute: 'temperature' })
await v2.deleteEntity({ ...scope, id: 'room1' })

const registered = await v2.createRegistration({
  description: 'another broker',
  dataProvided: { entities: [{ id: 'room9', type: 'Room' }], attrs: ['humidity'] },
  provider: { http: { url: 'http://127.0.0.1:1/v2' } },
}, scope)
const registration = registered.registration.id
const registrations = await v2.listRegistrations({ ...scope, count: true })
say('registrations', { count: registrations.count, ours: registrations.results.map((one) => one.id === registration) })
await v2.deleteRegistration({ ...scope, id: registration })
say('unregistered', await caught(v2.getRegistration({ ...scope, id: registration })))

receiver.close()
process.exit()
