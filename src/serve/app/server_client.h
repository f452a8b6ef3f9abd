// The command line's own way to ask a running server: one blocking HTTP/1.1 request over TCP, no
// library. Over https the server's certificate must be trusted by this machine, or by the file that
// SSL_CERT_FILE names, and be for the host that was asked.
// Threads: any. Cost: a connection a request.
#pragma once

#include <string>
#include <string_view>

#include "ground/base/result.h"

namespace aizuchi::serve {

struct ServerAddress {
  std::string url;  // "http://127.0.0.1:8081", "https://shop.example"
  std::string key;  // sk_…; "" sends none
};

struct ServerAnswer {
  int status = 0;
  std::string body;
};

// Errors: invalid (the URL), unavailable (nobody answers there, or not HTTP).
ground::Result<ServerAnswer> ask_server(const ServerAddress& server, std::string_view method,
                                        std::string_view target, std::string_view body = "");

// The same, and an answer other than 2xx (or 422, which carries findings) as the error it says.
ground::Result<std::string> ask_server_json(const ServerAddress& server, std::string_view method,
                                            std::string_view target, std::string_view body = "");

// For a part of a path: "a/b" is "a%2Fb".
std::string percent_encoded(std::string_view text);

}  // namespace aizuchi::serve
