/** In a file of its own: a CommonJS package that is loaded when it is needed has no names but `default`. */
export { SocksProxyAgent } from 'socks-proxy-agent';
