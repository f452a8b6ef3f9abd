-- wrk: single events of about 1 KB, each with a messageId of its own.
-- AIZUCHI_BENCH_EVENT: a file with one event, whose messageId is 16 hex digits;
-- AIZUCHI_BENCH_SALT: 8 hex digits, another for each run, so that no run repeats an id.
local head, tail, serial

function init(arguments)
  local file = io.open(os.getenv("AIZUCHI_BENCH_EVENT"))
  local event = file:read("*a")
  file:close()
  local whole = wrk.format("POST", "/v1/track", {
    ["Content-Type"] = "application/json",
    ["Authorization"] = "Bearer " .. os.getenv("AIZUCHI_BENCH_KEY"),
  }, event)
  local from = whole:find('"messageId":"', 1, true) + 13
  head = whole:sub(1, from - 1) .. os.getenv("AIZUCHI_BENCH_SALT")
  tail = whole:sub(from + 16)
  serial = 0
end

function request()
  serial = serial + 1
  return head .. string.format("%08x", serial) .. tail
end
