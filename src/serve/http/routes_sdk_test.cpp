#include "serve/http/routes_probe.h"
#include "serve/http/sdk_files.h"

namespace aizuchi::serve {

TEST_CASE("The web SDK is served with its hash, gzipped, and not again when it stands") {
  House house;
  if (sdk_files().empty()) {
    const std::string answer = house.ask("GET", "/sdk/aizuchi.js");
    CHECK(status_of(answer) == 404);
    CHECK(contains(text_at(parsed(answer), "error/message"), "without the web SDK"));
    return;
  }
  const auto manifest = parsed(house.ask("GET", "/sdk/manifest.json"));
  CHECK(text_at(manifest, "files/0/name") == "aizuchi.js");
  const std::string hashed = text_at(manifest, "files/0/hashed");
  const std::string integrity = text_at(manifest, "files/0/integrity");

  const std::string plain = house.ask("GET", "/sdk/aizuchi.js");
  CHECK(status_of(plain) == 200);
  CHECK(contains(plain, "Content-Type: text/javascript; charset=utf-8"));
  CHECK(contains(plain, "Cache-Control: public, max-age=300\r\n"));
  CHECK(contains(plain, "ETag: \"" + integrity + "\""));
  CHECK(contains(plain, "Access-Control-Allow-Origin: *"));
  CHECK(contains(plain, "data-aizuchi-slot"));
  const std::string packed =
      house.ask("GET", "/sdk/" + hashed, "", "Accept-Encoding: gzip, br\r\n");
  CHECK(contains(packed, "Cache-Control: public, max-age=31536000, immutable\r\n"));
  CHECK(contains(packed, "Content-Encoding: gzip"));
  const auto body_bytes = [](const std::string& answer) {
    return answer.size() - answer.find("\r\n\r\n") - 4;
  };
  CHECK(body_bytes(packed) < body_bytes(plain) / 2);
  CHECK_FALSE(contains(house.ask("GET", "/sdk/aizuchi.js", "", "Accept-Encoding: gzip;q=0\r\n"),
                       "Content-Encoding"));
  const std::string known = "If-None-Match: \"" + integrity + "\"\r\n";
  CHECK(status_of(house.ask("GET", "/sdk/aizuchi.js", "", known)) == 304);
  CHECK(status_of(house.ask("GET", "/sdk/aizuchi.js", "", "If-None-Match: \"x\"\r\n")) == 200);
  CHECK(status_of(house.ask("GET", "/sdk/aizuchi.000000000000.js")) == 404);
  CHECK(status_of(house.ask("GET", "/sdk/..%2fsecret")) == 404);
}

}  // namespace aizuchi::serve
