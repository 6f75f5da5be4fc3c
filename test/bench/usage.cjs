// Loaded into the measured program with --require: writes what it used, when it ends, to USAGE_FILE.
const { writeFileSync } = require('node:fs');

process.on('exit', () => {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  // From microseconds to milliseconds, from kilobytes to megabytes.
  const used = { cpu: (userCPUTime + systemCPUTime) / 1000, peakMB: maxRSS / 1024 };
  writeFileSync(process.env.USAGE_FILE, JSON.stringify(used));
});
