-- wrk: decisions. The requests are made before the clock runs, one per person of a file of bodies.
-- AIZUCHI_BENCH_BODIES: a file, one JSON body a line; AIZUCHI_BENCH_DELAY_MS: think time per
-- connection, uniform from 0 to twice this (0: as fast as answers come).
local requests, at = {}, 0
local think_ms = tonumber(os.getenv("AIZUCHI_BENCH_DELAY_MS") or "0")

function init(arguments)
  local headers = {
    ["Content-Type"] = "application/json",
    ["Authorization"] = "Bearer " .. os.getenv("AIZUCHI_BENCH_KEY"),
  }
  for body in io.lines(os.getenv("AIZUCHI_BENCH_BODIES")) do
    requests[#requests + 1] = wrk.format("POST", "/v1/decide", headers, body)
  end
  math.randomseed(7)
end

function request()
  at = at % #requests + 1
  return requests[at]
end

if think_ms > 0 then
  function delay()
    return math.random(0, 2 * think_ms)
  end
end
