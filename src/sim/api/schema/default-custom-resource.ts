// placeholder until the room's owner writes it
export function defaultCustomResource(_schema: object, _object: object): void {}
