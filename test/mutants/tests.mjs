// Whose mutants are looked at, and which unit tests are to notice them: those of what the file is for. They take
// seconds, where all that reach it through a command would take minutes for each mutant.
const engine = ['lastLook', 'equal', 'writeAll', 'relocateOutdated', 'migrate', 'relocate'];
const accidents = [
  ...['carryOut', 'beingDeleted', 'otherData', 'migrate-writers'],
  ...['relocateStops', 'overtaken'],
];
const relocation = [...engine, ...accidents, 'misnamed', 'restore', 'commands-relocate'];
const codecs = ['envelope', 'golden', 'fixtures', 'numbers'];

export const testsOf = {
  'src/record.ts': ['record', 'attribution', 'labels'],
  'src/attribution.ts': ['attribution', 'record'],
  'src/sameRecord.ts': ['equal', 'write'],
  'src/migrate/compare/sameRevision.ts': ['sameRevision', 'equal'],
  'src/migrate/engine/write.ts': ['write', 'carryOut', ...engine],
  'src/migrate/engine/run.ts': ['plan', 'names'],
  'src/migrate/engine/lastLook.ts': ['lastLook', 'lastWords', 'carryOut', 'migrate-writers'],
  'src/migrate/engine/guard.ts': ['guard', 'lastLook', 'migrate-writers', 'carryOut'],
  'src/migrate/engine/holdName.ts': ['holdName', 'names', 'carryOut'],
  'src/migrate/plan.ts': ['plan'],
  'src/migrate/engine/writeAll.ts': [...engine, ...accidents],
  'src/migrate/engine/deleteSources.ts': [...engine, ...accidents],
  'src/migrate/engine/apply.ts': [...engine, ...accidents, 'adoptEngine', 'restore'],
  'src/migrate/helm2to3/plan.ts': [
    ...engine,
    'customLabels',
    'deployed',
    'misnamed',
    'commands-migrate',
  ],
  'src/migrate/relocate/plan.ts': relocation,
  'src/migrate/relocate/chosen.ts': relocation,
  'src/migrate/relocate/steps.ts': relocation,
  'src/codecs/envelope.ts': codecs,
  'src/codecs/index.ts': [...codecs, 'whoseRecord'],
  'src/codecs/helm2/wire.ts': [...codecs, 'wire'],
  'src/codecs/helm2/hapi.ts': [...codecs, 'wire'],
  'src/codecs/helm2/decode.ts': [...codecs, 'wire'],
  'src/codecs/helm2/encode.ts': [...codecs, 'wire'],
  'src/codecs/helm3/gostruct.ts': codecs,
  'src/codecs/helm3/schema.ts': codecs,
  'src/codecs/helm3/helm3.ts': codecs,
};
