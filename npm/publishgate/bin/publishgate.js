#!/usr/bin/env node
'use strict'

// Finds the binary of this machine's platform, which an optional dependency
// carries, and runs it in this process's place: same arguments, streams, signals
// and exit code. It downloads nothing.
const { spawn } = require('child_process')
const fs = require('fs')
const path = require('path')
const { name, version, optionalDependencies } = require('../package.json')

const couldNotAct = 3
const platform = process.platform + '-' + process.arch
const carrier = '@publishgate/' + platform
const binary = 'publishgate' + (process.platform === 'win32' ? '.exe' : '')

function give(up, next) {
  console.error(name + ': ' + up + '\n  hint: ' + next)
  process.exit(couldNotAct)
}

function find() {
  if (!optionalDependencies[carrier]) {
    give('there is no binary for ' + platform, 'go install github.com/publishgate/publishgate@v' + version + ' builds one')
  }
  // The binary is that of the very folder whose name and version are compared.
  let found, file
  try {
    const manifest = require.resolve(carrier + '/package.json')
    found = require(manifest)
    file = path.join(path.dirname(manifest), 'bin', binary)
    fs.accessSync(file)
  } catch {
    give(
      carrier + ' is not installed, which carries the binary for this platform: optional dependencies were left out, ' +
        'or the lockfile was made on another platform and lists only that one',
      'npm install --include=optional ' + carrier + '@' + version + ', or delete node_modules and the lockfile and install again'
    )
  }
  if (found.name !== carrier || found.version !== version) {
    give(carrier + ' is ' + found.name + ' ' + found.version + ', and must be ' + carrier + ' ' + version, 'npm install ' + name + '@' + version + ' again')
  }
  return file
}

const file = find()
const child = spawn(file, process.argv.slice(2), { stdio: 'inherit' })
// On Windows the console tells the child itself, and to pass a signal on would kill it.
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
for (const signal of signals) {
  process.on(signal, () => process.platform === 'win32' || child.kill(signal))
}
child.on('error', (err) => give('cannot run ' + file + ': ' + err.code, 'it must be executable, on a file system that allows it'))
child.on('exit', (code, signal) => {
  process.exitCode = signal ? couldNotAct : code
  if (signal) {
    for (const each of signals) process.removeAllListeners(each)
    process.kill(process.pid, signal)
  }
})
