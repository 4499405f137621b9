/** Plain YAML scalars, and what they are to SOPS: a type and a text, or null. */
export const SCALARS: readonly (readonly [source: string, expected: string])[] = [
  ["", "null"], ["~", "null"], ["Null", "null"], ["nULL", "str nULL"],
  ["true", "bool True"], ["FALSE", "bool False"], ["yes", "str yes"], ["on", "str on"],
  ["12", "int 12"], ["-7", "int -7"], ["+7", "int 7"], ["014", "int 12"], ["0o14", "int 12"], ["0x1F", "int 31"], ["0b11", "int 3"], ["1_000", "int 1000"],
  ["08", "float 8"], ["9223372036854775807", "int 9223372036854775807"], ["1.50", "float 1.5"], [".5", "float 0.5"], ["5.", "float 5"], ["1e3", "float 1000"], ["-0.0", "float -0"],
  [".inf", "float +Inf"], ["-.INF", "float -Inf"], [".nan", "float NaN"], ["1e999", "str 1e999"],
  ["2024-01-01", "time 2024-01-01T00:00:00Z"], ["2024-1-2 3:04:05", "time 2024-01-02T03:04:05Z"], ["2024-01-01T10:00:00.120+02:00", "time 2024-01-01T10:00:00.12+02:00"],
  ["2024-02-30", "str 2024-02-30"], ["2024-01-01T10:00:00", "str 2024-01-01T10:00:00"], ["12:30", "str 12:30"], ["1.2.3", "str 1.2.3"], ["-", "str -"], ["abc", "str abc"],
];
