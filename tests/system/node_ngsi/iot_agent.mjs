// An IoT Agent as iotagent-node-lib's documentation shows one: devices are provisioned at its north
// port, send measures as JSON to its south port, and are sent commands at their endpoint.
// Settings come as one line on standard input; {"listens": true} is said once it is ready.
import { createServer } from 'node:http'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import iotAgentLib from 'iotagent-node-lib'

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]()
const { broker, northPort, southPort, service, subservice } = JSON.parse((await lines.next()).value)

const activate = promisify(iotAgentLib.activate)
const getDevice = promisify(iotAgentLib.getDevice)
const getDeviceByName = promisify(iotAgentLib.getDeviceByName)
const setCommandResult = promisify(iotAgentLib.setCommandResult)
const update = promisify(iotAgentLib.update)

iotAgentLib.logModule.setLevel('FATAL')
await activate({
  logLevel: 'FATAL',
  contextBroker: { host: '127.0.0.1', port: String(broker), ngsiVersion: 'v2' },
  server: { port: northPort, host: '127.0.0.1' },
  deviceRegistry: { type: 'memory' },
  types: {},
  service,
  subservice,
  providerUrl: `http://127.0.0.1:${northPort}`,
  defaultType: 'Thing',
})

// A command goes to the device's endpoint. What came of it the device says at the south port, later.
iotAgentLib.setCommandHandler(async (id, type, itsService, itsPath, attributes, callback) => {
  const device = await getDeviceByName(id, itsService, itsPath)
  for (const { name, value } of attributes) {
    await fetch(device.endpoint, { method: 'POST', body: JSON.stringify({ [name]: value }) })
  }
  callback(null, { id, type })
})

// A lazy attribute is read from the device when somebody asks for it; commands have no value.
iotAgentLib.setDataQueryHandler(async (id, type, itsService, itsPath, names, callback) => {
  const device = await getDeviceByName(id, itsService, itsPath)
  const lazy = (device.lazy ?? []).filter((one) => names.includes(one.name))
  const values = lazy.length > 0 ? await (await fetch(device.endpoint)).json() : {}
  const read = lazy.map((one) => [one.name, { type: one.type, value: values[one.name] }])
  callback(null, { id, type, ...Object.fromEntries(read) })
})

const south = createServer(async (request, response) => {
  const url = new URL(request.url, 'http://south')
  let body = ''
  for await (const chunk of request) body += chunk
  const device = await getDevice(url.searchParams.get('i'), null, service, subservice)
  const told = url.pathname.endsWith('/commands') ? results : measures
  await told(device, JSON.parse(body)).then(
    () => response.writeHead(200).end(),
    (error) => response.writeHead(500).end(error.message),
  )
})

function measures(device, values) {
  const attributes = Object.entries(values).map(([name, value]) => ({
    name,
    type: device.active.find((one) => one.object_id === name)?.type ?? 'Text',
    value,
  }))
  return update(device.name, device.type, '', attributes, device)
}

async function results(device, values) {
  for (const [name, value] of Object.entries(values)) {
    await setCommandResult(device.name, device.resource ?? '', '', name, value, 'OK', device)
  }
}

await new Promise((listens) => south.listen(southPort, '127.0.0.1', listens))
process.stdout.write(`${JSON.stringify({ listens: true })}\n`)
await lines.next() // the test closes it
process.exit()
